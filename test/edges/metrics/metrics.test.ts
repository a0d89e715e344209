import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { Metrics } from '../../../src/edges/metrics/metrics.ts';
import { machineHas } from '../../machine.ts';
import { observedNode } from './observed.ts';

const text = await new Metrics(observedNode(), '1.2.3').text();

describe('the metrics of a node', () => {
  it.each([
    `kdmq_build_info{version="1.2.3",nodejs="${process.version}"} 1`,
    'kdmq_ready 1',
    'kdmq_nodes{status="active",kind="kamailio"} 1',
    'kdmq_nodes{status="not_active",kind="kdmq"} 0',
    'kdmq_nodes_suspected 1',
    'kdmq_messages_total{channel="calls",direction="received",outcome="2xx",code="202"} 5',
    'kdmq_messages_total{channel="calls",direction="sent",outcome="4xx",code="403"} 3',
    'kdmq_messages_total{channel="calls",direction="sent",outcome="timeout",code=""} 1',
    'kdmq_messages_total{channel="other",direction="sent",outcome="4xx",code="other"} 2',
    'kdmq_message_round_trip_seconds_bucket{le="0.0005"} 1',
    'kdmq_message_round_trip_seconds_bucket{le="0.0025"} 2',
    'kdmq_message_round_trip_seconds_bucket{le="32"} 2',
    'kdmq_message_round_trip_seconds_bucket{le="+Inf"} 3',
    'kdmq_message_round_trip_seconds_count 3',
    'kdmq_message_round_trip_seconds_sum 40.00225',
    'kdmq_dns_state{state="failing"} 1',
    'kdmq_dns_state{state="answered"} 0',
    'kdmq_store_state{state="answered"} 1',
    'kdmq_store_state{state="failing"} 0',
    'kdmq_kubernetes_state{state="watching"} 1',
    'kdmq_kubernetes_state{state="off"} 0',
    'kdmq_kubernetes_watch_up{resource="pods"} 1',
    'kdmq_kubernetes_watch_up{resource="dmqnodes"} 0',
    'kdmq_leader 1',
    'kdmq_queue_items{queue="calls",state="ready"} 3',
    'kdmq_queue_items{queue="calls",state="leased"} 2',
    'kdmq_queue_bytes{queue="calls"} 400',
    'kdmq_queue_items_limit{queue="calls"} 0',
    'kdmq_queue_bytes_limit{queue="calls"} 1000',
    'kdmq_queue_oldest_item_age_seconds{queue="calls"} 1.5',
    'kdmq_queue_state{queue="calls",state="ready"} 1',
    'kdmq_queue_state{queue="calls",state="failed"} 0',
    'kdmq_queue_added_total{queue="calls"} 10',
    'kdmq_queue_dropped_total{queue="calls",reason="size"} 8',
    'kdmq_queue_orphan_partitions 2',
    'kdmq_binding_state{direction="outbound",channel="orders",queue="outgoing",mode="broadcast",state="failing"} 1',
    'kdmq_binding_state{direction="outbound",channel="orders",queue="outgoing",mode="broadcast",state="ready"} 0',
    'kdmq_binding_messages_total{direction="outbound",channel="orders",queue="outgoing",outcome="failed"} 2',
    'kdmq_binding_messages_total{direction="outbound",channel="orders",queue="outgoing",outcome="unsendable"} 0',
    'kdmq_store_call_duration_seconds_bucket{operation="append",le="+Inf"} 3',
    'kdmq_sip_dropped_total{reason="late_reply"} 2',
    'kdmq_sip_dropped_total{reason="ack"} 0',
    'kdmq_sip_dropped_total{reason="something_new"} 1',
    'kdmq_sip_retransmissions_sent_total 9',
    'kdmq_peer_failures_total 0',
  ])('%s', (line) => expect(text.split('\n')).toContain(line));

  it('are those of the process too', () => {
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds \S+$/m);
  });

  it('say each thing once: what is in detail elsewhere is no counter of its own', () => {
    expect(text).not.toContain('kdmq_messages_sent_total');
    expect(text).not.toContain('kdmq_mqueue_added_total');
  });

  it('ask the node at each scrape', async () => {
    let ready = false;
    const metrics = new Metrics(observedNode({ readiness: () => ({ ready }) }), '1');
    expect(await metrics.text()).toContain('\nkdmq_ready 0\n');
    ready = true;
    expect(await metrics.text()).toContain('\nkdmq_ready 1\n');
  });

  it.skipIf(!machineHas('promtool'))('satisfy promtool check metrics', () => {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});
