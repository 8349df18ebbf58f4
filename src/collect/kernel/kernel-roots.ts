/** Where `/proc` and `/sys` are mounted: elsewhere when a container watches its host. */
export interface KernelRoots {
  readonly procRoot: string
  readonly sysRoot: string
}
