// What happens to alerts and silences. An evaluation that changes nothing leaves no event.

import type { NoiseReason, Severity } from '@agentcom/schemas';
import type { Easing, Finding } from './alert.js';
import type { Matchers } from './silence.js';

export type AlertEnd =
  /** It was no longer found for as long as its rule keeps it firing. */
  | 'cleared'
  /** What it was about was deleted. */
  | 'subjects_gone'
  /** Its rule was turned off. */
  | 'disabled';

/** Why people were told. */
export type TellReason = 'fired' | 'worse' | 'changed' | 'repeated' | 'escalated' | 'resolved';

export type AlertEvent =
  | ({
      readonly type: 'alert.pending';
      readonly alert: string;
      readonly org?: string;
      readonly rule: string;
      readonly severity: Severity;
      /** Absent: since this event. */
      readonly since?: number;
    } & Finding)
  /** It was no longer found before it fired: nothing is kept of it. */
  | { readonly type: 'alert.dropped'; readonly alert: string; readonly org?: string }
  | { readonly type: 'alert.firing'; readonly alert: string; readonly org?: string }
  /** What is found has changed enough to be worth a line. */
  | ({
      readonly type: 'alert.changed';
      readonly alert: string;
      readonly org?: string;
      readonly severity: Severity;
    } & Finding)
  /** Less is found than it says; absent `easing`: all of it is found again. */
  | { readonly type: 'alert.eased'; readonly alert: string; readonly org?: string; readonly easing?: Easing }
  | {
      readonly type: 'alert.resolved';
      readonly alert: string;
      readonly org?: string;
      readonly cause: AlertEnd;
      /** What happened instead, where nobody mended what it was about. */
      readonly outcome?: string;
    }
  | {
      readonly type: 'alert.muted';
      readonly alert: string;
      readonly org?: string;
      readonly by?: string;
      /** Of what it is about, that explains all that happened by then. */
      readonly through?: number;
    }
  | { readonly type: 'alert.silenced'; readonly alert: string; readonly org?: string; readonly silence?: string }
  | {
      readonly type: 'alert.acknowledged';
      readonly alert: string;
      readonly org?: string;
      readonly by: string;
      readonly note?: string;
    }
  | {
      readonly type: 'alert.noise_marked';
      readonly alert: string;
      readonly org?: string;
      readonly by: string;
      readonly reason: NoiseReason;
      readonly note?: string;
    }
  /** People are told, by a notification of this id. */
  | {
      readonly type: 'alert.told';
      readonly alert: string;
      readonly org?: string;
      readonly notification: string;
      readonly reason: TellReason;
      readonly escalation: number;
    }
  | {
      readonly type: 'silence.created';
      readonly silence: string;
      readonly org: string;
      readonly matchers: Matchers;
      readonly reason: string;
      readonly by: string;
      readonly endsAt: number;
      readonly untilResolved: boolean;
      readonly ofHub: boolean;
    }
  | {
      readonly type: 'silence.ended';
      readonly silence: string;
      readonly org: string;
      readonly cause: 'removed' | 'expired' | 'resolved';
      readonly by?: string;
    };
