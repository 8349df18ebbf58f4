import { type GroupDimension, type GroupName, groupDimensions } from '../../model/performance-group.ts'

/** Some of the groups that are compared, by their places. */
export type Scope = readonly number[]

/** Every set of groups with the same values of some dimensions: all, one node, one model at one resolution. Each once. */
export function scopesOf(names: readonly GroupName[]): readonly Scope[] {
  const scopes = new Map<string, Scope>()
  for (let mask = 0; mask < 1 << groupDimensions.length; mask++) {
    const chosen = groupDimensions.filter((_, place) => mask & (1 << place))
    const places = Map.groupBy(names.keys(), (place) =>
      JSON.stringify(chosen.map((dimension) => names[place]?.[dimension] ?? '')),
    )
    for (const scope of places.values()) scopes.set(scope.join(), scope)
  }
  return [...scopes.values()]
}

/**
 * What the groups of a scope have in common that not all groups have; an empty text where it is not named. `isRest` when
 * others have it too.
 */
export function nameOfScope(
  places: Scope,
  names: readonly GroupName[],
): { readonly scope: GroupName; readonly isRest: boolean } {
  const valueIn = (place: number, dimension: GroupDimension) => names[place]?.[dimension] ?? ''
  const varies = (among: Iterable<number>, dimension: GroupDimension) =>
    new Set([...among].map((place) => valueIn(place, dimension))).size > 1
  const common = groupDimensions.filter(
    (dimension) => !varies(places, dimension) && varies(names.keys(), dimension),
  )
  const [first = 0] = places
  const scope: GroupName = Object.fromEntries(
    common.map((dimension) => [dimension, valueIn(first, dimension)]),
  )
  const alike = [...names.keys()].filter((place) =>
    common.every((dimension) => valueIn(place, dimension) === scope[dimension]),
  )
  return { scope, isRest: alike.length > places.length }
}
