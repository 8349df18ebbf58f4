/** Ticks per second in which the kernel tells CPU time: USER_HZ is 100 on every architecture that Node runs on. */
export const ticksPerSecond = 100
