/** What a person has set in JupyterLab's settings, from `schema/panel.json`. */

import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { isObject } from './view/read';

/** The plugin whose settings these are. */
export const SETTINGS = 'nodetool-jupyter:panel';

const SECTIONS = ['running', 'queued', 'recent', 'workers', 'machine'] as const;
const NOTIFY = ['always', 'unseen', 'never'] as const;

export type Section = (typeof SECTIONS)[number];
export type Notify = (typeof NOTIFY)[number];

/** Settings that are current: what they give is what is set now. */
export class Settings {
  /** Take the settings as they come; without a registry, or while it fails, the defaults hold. */
  constructor(registry: ISettingRegistry | null) {
    this.ready = registry === null ? Promise.resolve() : this._follow(registry);
  }

  /** When the settings have been read. */
  readonly ready: Promise<void>;

  /** Whether the panel opens by itself. */
  get openOnStart(): boolean {
    return this._given.openOnStart === true;
  }

  /** The sections that the panel shows, in its own order. */
  get sections(): readonly Section[] {
    const given = this._given.sections;
    const wanted = (isObject(given) ? given : {}) as Partial<Record<Section, unknown>>;
    return SECTIONS.filter(section => wanted[section] !== false);
  }

  /** When the end of a job is told. */
  get notify(): Notify {
    return NOTIFY.find(choice => choice === this._given.notify) ?? 'unseen';
  }

  /** Emitted when any of them is another. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  private async _follow(registry: ISettingRegistry): Promise<void> {
    try {
      const settings = await registry.load(SETTINGS);
      const take = () => {
        this._given = settings.composite;
        this._changed.emit();
      };
      settings.changed.connect(take);
      take();
    } catch (error) {
      console.warn('nodetool-jupyter: the settings cannot be read, so the defaults hold', error);
    }
  }

  private _given: Readonly<Record<string, unknown>> = {};
  private readonly _changed = new Signal<this, void>(this);
}
