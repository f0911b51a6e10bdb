/** Who asks something that is to be closed once nobody does. */
import { Bell } from '../log/delivery.js';

export class Uses {
  #count = 0;
  readonly #bell = new Bell();

  /** What it returns ends the use; a second call does nothing. */
  begin(): () => void {
    this.#count += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#count -= 1;
      this.#bell.ring();
    };
  }

  /** Resolves once there is none. */
  async none(): Promise<void> {
    for (;;) {
      const rung = this.#bell.next();
      if (this.#count === 0) return;
      await rung;
    }
  }
}
