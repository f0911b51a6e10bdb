/** All a service has made of its log, as plain values: what two services over the same records have to agree about. */
import { type Entity, type EntityKey, refOf } from '../../src/domain/entity.js';
import { positionText } from '../../src/domain/position.js';
import { unappliedTopics } from '../../src/log/topics.js';
import type { Service } from '../../src/pipeline.js';
import type { AccountView } from '../../src/state/port.js';

/** `keys`: every entity the log may hold. Order says nothing, so every list is sorted. */
export async function stateText(service: Service, keys: readonly EntityKey[]) {
  const { state, log, topics } = service.engines;
  const entities = await state.entities(keys);
  const tenants = [...new Set(keys.map(({ tenant }) => tenant))].sort();
  const accounts = keys.filter(({ kind }) => kind === 'account');
  const views: AccountView[] = [];
  // One after the other: all at once would be a burst that no caller makes, and an engine over the network bounds each.
  for (const { tenant, id } of accounts) views.push(await state.account(tenant, id));
  const ofTenants = await Promise.all(tenants.map((tenant) => state.tenant(tenant)));
  const ends = [...(await log.ends())].filter(
    ([partition]) => !unappliedTopics(topics).some((name) => partition.startsWith(name)),
  );
  return {
    entities: entities.map((entity, index) => [keys[index], entity === undefined ? null : entityText(entity)]),
    members: views.map(({ members }) => members.map(({ key }) => refOf(key)).sort()),
    blockedOfAccounts: views.map(({ blocked }) => blocked.map(({ rejected }) => rejected).sort()),
    blocked: ofTenants.map(({ blocked }) => [...blocked].sort((a, b) => (a.rejected < b.rejected ? -1 : 1))),
    policySets: ofTenants.map(({ policies }) => policies.digest),
    progress: [...(await state.progress())].sort(([a], [b]) => (a < b ? -1 : 1)),
    rejected: [...service.rejected.list(null)].sort((a, b) => (a.id < b.id ? -1 : 1)),
    /** A restart that appends anything has changed what it was to rebuild. */
    ends: ends.sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

/** All but the revision: it orders writes to an index that starts empty as well, and is in no answer. */
function entityText(entity: Entity) {
  const { status, watermark, eventTime, recent, redrives, accountId } = entity;
  const value = entity.status === 'present' ? { json: entity.json, hash: entity.hash, facets: entity.facets } : null;
  const { position, version } = watermark;
  const at = [positionText(position), position.incarnation.id, position.leaderEpoch, version];
  return { status, at, eventTime, recent, redrives, accountId, value };
}
