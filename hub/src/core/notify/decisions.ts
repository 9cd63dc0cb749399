// All that is decided about who is told.

import { channelDecisions } from './channels.js';
import { subscriptionDecisions } from './subscriptions.js';

export const notifyDecisions = { ...channelDecisions, ...subscriptionDecisions };
