import { createNode as compose } from './app.ts';
import { parseSettings, type SettingValues } from './edges/config/parse-settings.ts';
import type { KdmqNode } from './kdmq-node.ts';
import type { Log } from './ports/telemetry.ts';

export type { ControllerView, WatchView } from './bus/controller-view.ts';
export { NodeChangeError, type NodeChangeErrorCode } from './bus/node-changes.ts';
export type { Answer, Peer } from './bus/peer.ts';
export type { BroadcastOptions, Delivery, MessageOptions } from './bus/sender.ts';
export type { ChannelCounts, MessageCount } from './core/channel-tally.ts';
export type { NodeKind, NodeStatus } from './core/node-record.ts';
export type { NodeTransition } from './core/node-transition.ts';
export type { NodeUri, TransportName } from './core/node-uri.ts';
export { ChannelError } from './core/peer-registry.ts';
export type { HealthCheck, Readiness } from './core/readiness.ts';
export { ConfigError } from './edges/config/config-error.ts';
export type { SettingValues } from './edges/config/parse-settings.ts';
export {
  type BindingView,
  type ChannelView,
  type CounterView,
  type DurationsView,
  KdmqNode,
  type MessageView,
  type NodeEventView,
  type NodeView,
  type SaidList,
  type StatusView,
  type StopOptions,
  TargetError,
} from './kdmq-node.ts';
export type { ReplyContent, SendFailure, SipReply, SipRequest } from './ports/sip-transport.ts';
export type { Log, LogFields } from './ports/telemetry.ts';
export type { ConsumeOptions, Consumer, ItemHandler } from './queues/consumer.ts';
export type { FetchedItem, LeaseHolder, NackOptions, QueueItem } from './queues/fetched-item.ts';
export type { KamailioMqueue } from './queues/kamailio-mqueue.ts';
export type { NodeQueues, QueueState } from './queues/node-queues.ts';
export type { Orphan } from './queues/orphan-watch.ts';
export type { AddOptions, PeekOptions, PeekPage, Queue, QueueStats } from './queues/queue.ts';
export { QueueError, type QueueErrorCode } from './queues/queue-error.ts';
export type { AddAnswer } from './queues/queue-service.ts';
export type { QueueCounts } from './queues/queue-tally.ts';
export type { StopReport } from './queues/queues.ts';
export type { WaitOptions } from './queues/waiting-line.ts';

export interface NodeOptions {
  /** Values as in the configuration file, under the same names. What is left out has its default. */
  readonly settings: SettingValues;
  /** Where log lines go. Nowhere when left out. */
  readonly log?: Log;
}

/**
 * Makes a DMQ node. Nothing runs before its `start()`. Throws a ConfigError that names everything wrong with the settings.
 */
export function createNode({ settings, log = silent }: NodeOptions): KdmqNode {
  return compose({ settings: parseSettings(settings), log });
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
