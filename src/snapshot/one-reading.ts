/**
 * The state as one snapshot reads it: how far it is comes with what the answer will be made of, in one reading. So what was found to be
 * consistent enough is what is answered, and a store in another process is asked once.
 */
import type { EntityKey } from '../domain/entity.js';
import type { PositionVector } from '../domain/position.js';
import type { AccountView, StateReader, StateStore, TenantView } from '../state/port.js';
import type { SnapshotRequest } from './request.js';

export type Subject = Pick<SnapshotRequest, 'tenant' | 'account'>;

export class OneReading implements StateReader, Pick<StateStore, 'watch'> {
  readonly #state: StateStore;
  readonly #subject: Subject;
  #account: AccountView | undefined;
  #tenant: TenantView | undefined;

  constructor(state: StateStore, subject: Subject) {
    this.#state = state;
    this.#subject = subject;
  }

  /** Reads the subject anew. */
  async through(): Promise<PositionVector> {
    const { tenant, account } = this.#subject;
    const view = account === null ? this.#state.tenant(tenant) : this.#readAccount(tenant, account);
    this.#tenant = await view;
    return this.#tenant.through;
  }

  /** As it was when `through` was read last. */
  async account(tenant: string, accountId: string): Promise<AccountView> {
    const isSubject = tenant === this.#subject.tenant && accountId === this.#subject.account;
    return isSubject && this.#account !== undefined ? this.#account : this.#state.account(tenant, accountId);
  }

  async tenant(tenant: string): Promise<TenantView> {
    const isSubject = tenant === this.#subject.tenant && this.#subject.account === null;
    return isSubject && this.#tenant !== undefined ? this.#tenant : this.#state.tenant(tenant);
  }

  async #readAccount(tenant: string, accountId: string): Promise<AccountView> {
    this.#account = await this.#state.account(tenant, accountId);
    return this.#account;
  }

  entities(keys: readonly EntityKey[]) {
    return this.#state.entities(keys);
  }

  pendingKeys(tenant: string) {
    return this.#state.pendingKeys(tenant);
  }

  watch(listener: Parameters<StateStore['watch']>[0]): () => void {
    return this.#state.watch(listener);
  }
}
