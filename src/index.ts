import { createNode as compose } from './app.ts';
import type { KdmqNode } from './bus/kdmq-node.ts';
import { parseSettings, type SettingValues } from './edges/config/parse-settings.ts';
import type { Log } from './ports/telemetry.ts';

export { type CounterView, KdmqNode, type NodeEventView, type NodeView, TargetError } from './bus/kdmq-node.ts';
export type { Answer, Peer } from './bus/peer.ts';
export type { BroadcastOptions, Delivery, MessageOptions } from './bus/sender.ts';
export type { NodeKind, NodeStatus } from './core/node-record.ts';
export type { NodeTransition } from './core/node-transition.ts';
export type { NodeUri, TransportName } from './core/node-uri.ts';
export { ChannelError } from './core/peer-registry.ts';
export { ConfigError } from './edges/config/config-error.ts';
export type { SettingValues } from './edges/config/parse-settings.ts';
export type { ReplyContent, SendFailure, SipReply, SipRequest } from './ports/sip-transport.ts';
export type { Log, LogFields } from './ports/telemetry.ts';

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
