/** What the list says where it has no jobs to show. */

import { button, message, sentence, skeleton } from '../components/message';
import type { Roster, RosterState } from '../model/roster';
import { h } from '../view/dom';
import type { PanelStrings } from './strings';

/** Why there are no jobs: the list's state, a filter that leaves none; empty where there are some. */
export type Why = RosterState | 'nothing' | '';

/** Return what is said. */
export function says(why: Why, roster: Roster, words: PanelStrings, clear: () => void): HTMLElement[] {
  switch (why) {
    case '':
      return [];
    case 'loading':
      return [h('p', { class: 'nt-unseen', role: 'status' }, words.loading), skeleton(5)];
    case 'nothing':
      return [message('lens', words.noMatch, sentence(words.noMatchText), button(words.clear, clear))];
    case 'ready':
      return [empty(words)];
    case 'refused':
      return [
        message(
          'fault',
          words.failed,
          sentence(roster.problem?.message ?? ''),
          sentence(roster.problem?.hint ?? ''),
          button(words.again, () => roster.again())
        )
      ];
    case 'absent':
      return [message('plug', words.absentTitle, sentence(words.absentText))];
    case 'offline':
      return [message('cut', words.offline, sentence(words.offlineText))];
  }
}

/** How jobs come. */
function empty(words: PanelStrings): HTMLElement {
  const example = (title: string, code: string) =>
    h('div', { class: 'ntp-example' }, h('span', {}, title), h('code', { dir: 'ltr' }, code));
  return message(
    'graph',
    words.emptyTitle,
    sentence(words.emptyText),
    example(words.emptyNotebook, '%nodetool run FILE'),
    example(words.emptyTerminal, 'nodetool run FILE')
  );
}
