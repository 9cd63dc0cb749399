// Records of deliveries in their stream, each under a subject of its own, of which the newest is kept.

import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { consume } from '../../jetstream/consume.js';
import type { ShardNames } from '../../jetstream/names.js';
import { deliverySubject } from '../../jetstream/subjects.js';
import { type DeliveryRecord, type DeliveryRecords, decodeRecord, encodeRecord } from './records.js';

const PUBLISH_TIMEOUT_MS = 2_000;

export class StoredDeliveries implements DeliveryRecords {
  constructor(
    private readonly js: JetStreamClient,
    private readonly jsm: Pick<JetStreamManager, 'streams'>,
    private readonly names: Pick<ShardNames, 'deliveries' | 'deliveriesPrefix'>,
  ) {}

  async read(each: (record: DeliveryRecord) => void): Promise<void> {
    for await (const { data } of consume({ js: this.js, stream: this.names.deliveries })) {
      const record = decodeRecord(data);
      if (record !== undefined) each(record);
    }
  }

  async put(record: DeliveryRecord): Promise<void> {
    const subject = deliverySubject(this.names, record.channel, record.id);
    await this.js.publish(subject, encodeRecord(record), { timeout: PUBLISH_TIMEOUT_MS });
  }

  async remove({ channel, id }: Pick<DeliveryRecord, 'id' | 'channel'>): Promise<void> {
    await this.jsm.streams.purge(this.names.deliveries, { filter: deliverySubject(this.names, channel, id) });
  }
}
