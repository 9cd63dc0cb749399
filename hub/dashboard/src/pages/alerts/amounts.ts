// Values and limits of alerts, as people read them. Pure.

import type { AlertView } from '@agentcom/schemas';
import { formatBytes, formatCount, formatSpan } from '../../format.js';
import { alertTexts as texts } from '../../texts/alerts.js';
import { quantityOf } from './quantities.js';

export function formatAmount(amount: number, unit: AlertView['unit']): string {
  switch (unit) {
    case 'ms':
      return amount < 1000 ? `${Math.round(amount)} ms` : formatSpan(amount);
    case 'seconds':
      return formatSpan(amount * 1000);
    case 'bytes':
      return formatBytes(amount);
    case 'percent':
      return `${Math.round(amount * 10) / 10} %`;
    default:
      return formatCount(amount);
  }
}

/** A setting by its name, in words and without its unit, which the value has: `offeredSeconds` is `offered`. */
export function settingWords(key: string): string {
  const words = key
    .replace(/(?<=.)(?:Seconds|Minutes|Percent|PerMille|Tenths|Bytes|Ms)$/, '')
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return texts.settings[words as keyof typeof texts.settings] ?? words;
}

/** Of a value of the config, whose name ends in its unit. */
export function formatSetting(key: string, value: number): string {
  return quantityOf(key).print(value);
}
