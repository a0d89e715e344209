{{/* The pod of a node. */}}
{{- define "kdmq.podSpec" -}}
serviceAccountName: {{ include "kdmq.serviceAccountName" . }}
automountServiceAccountToken: {{ or .Values.controller.enabled .Values.http.tokenReview.enabled }}
# Variables of services that are called like a setting would be in the way.
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .Values.hostNetwork }}
hostNetwork: true
{{- end }}
{{- with default (ternary "ClusterFirstWithHostNet" "" .Values.hostNetwork) .Values.dnsPolicy }}
dnsPolicy: {{ . }}
{{- end }}
{{- range $field := list "dnsConfig" "hostAliases" "affinity" "nodeSelector" "tolerations" "priorityClassName" }}
{{- with index $.Values $field }}
{{ toYaml (dict $field .) }}
{{- end }}
{{- end }}
{{- with .Values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  - {{- toYaml (merge (dict) . (dict "labelSelector" (dict "matchLabels" (include "kdmq.selectorLabels" (list $ "node") | fromYaml)))) | nindent 4 }}
  {{- end }}
{{- end }}
{{- with .Values.initContainers }}
initContainers:
  {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - {{- include "kdmq.container" . | nindent 4 }}
  {{- with .Values.extraContainers }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
volumes:
  {{- include "kdmq.volumes" . | nindent 2 }}
  {{- with .Values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "kdmq.container" -}}
name: kdmq
image: {{ include "kdmq.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- with .Values.extraArgs }}
args:
  {{- toYaml (prepend . "start") | nindent 2 }}
{{- end }}
{{- with .Values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
env:
  {{- include "kdmq.environment" . | nindent 2 }}
{{- with .Values.envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  {{- if not (and .Values.tls.enabled .Values.tls.only) }}
  - { name: sip, containerPort: 5060, protocol: UDP }
  - { name: sip-tcp, containerPort: 5060, protocol: TCP }
  {{- end }}
  {{- if .Values.tls.enabled }}
  - { name: sips, containerPort: 5061, protocol: TCP }
  {{- end }}
  - { name: http, containerPort: {{ .Values.http.port }}, protocol: TCP }
{{- range $kind, $path := dict "startup" "/livez" "liveness" "/livez" "readiness" "/readyz" }}
{{ $kind }}Probe:
  httpGet: { path: {{ $path }}, port: http, scheme: {{ include "kdmq.scheme" $ }} }
  {{- toYaml (index $.Values.probes $kind) | nindent 2 }}
{{- end }}
{{- if .Values.preStopSleepSeconds }}
lifecycle:
  preStop:
    sleep:
      seconds: {{ .Values.preStopSleepSeconds }}
{{- end }}
{{- with .Values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumeMounts:
  - { name: settings, mountPath: /etc/kdmq, readOnly: true }
  - { name: data, mountPath: /var/lib/kdmq }
  {{- if .Values.existingConfigMap }}
  - { name: existing-settings, mountPath: /etc/kdmq-conf.d, readOnly: true }
  {{- end }}
  {{- range $volume, $secret := include "kdmq.secrets" . | fromYaml }}
  - { name: {{ $volume }}, mountPath: /etc/kdmq-{{ $volume }}, readOnly: true }
  {{- end }}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "kdmq.environment" -}}
{{- include "kdmq.ownEnvironment" . }}
{{- with .Values.env }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "kdmq.ownEnvironment" -}}
- { name: POD_NAME, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
- { name: POD_UID, valueFrom: { fieldRef: { fieldPath: metadata.uid } } }
- { name: POD_IPS, valueFrom: { fieldRef: { fieldPath: status.podIPs } } }
{{- if .Values.existingConfigMap }}
- { name: KDMQ_CONFIG_DIR, value: /etc/kdmq-conf.d }
{{- end }}
{{- include "kdmq.commandEnvironment" . }}
{{- end -}}

{{/* For `kubectl exec POD -- kdmq nodes`: where the node of the pod is, and a token of it. A node itself does not read them. */}}
{{- define "kdmq.commandEnvironment" -}}
{{- $url := printf "%s://localhost:%d" (include "kdmq.scheme" . | lower) (int .Values.http.port) }}
{{- if ne $url "http://localhost:8080" }}
- { name: KDMQ_URL, value: {{ $url | quote }} }
{{- end }}
{{- if include "kdmq.httpSecret" . }}
{{- with default .Values.http.readTokenKey .Values.http.writeTokenKey }}
- { name: KDMQ_TOKEN_FILE, value: /etc/kdmq-http/{{ . }} }
{{- end }}
{{- end }}
{{- end -}}

{{/* The Secrets that are mounted, as a map from volumes to their names. */}}
{{- define "kdmq.secrets" -}}
{{- $secrets := dict
  "http" (include "kdmq.httpSecret" .)
  "http-tls" .Values.http.tls.existingSecret
  "tls" (ternary (include "kdmq.tlsSecret" .) "" .Values.tls.enabled)
  "redis" (ternary (include "kdmq.redisSecret" .) "" (or .Values.redis.enabled (ne .Values.redis.url "")))
  "redis-tls" .Values.redis.tls.existingSecret
-}}
{{- range $volume, $secret := $secrets }}
{{- if $secret }}
{{ $volume }}: {{ $secret }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "kdmq.volumes" -}}
- name: settings
  configMap:
    name: {{ include "kdmq.fullname" . }}
{{- if .Values.existingConfigMap }}
- name: existing-settings
  configMap:
    name: {{ .Values.existingConfigMap }}
{{- end }}
{{- if not .Values.persistence.enabled }}
- name: data
  emptyDir: {}
{{- end }}
{{- range $volume, $secret := include "kdmq.secrets" . | fromYaml }}
- name: {{ $volume }}
  secret:
    secretName: {{ $secret }}
{{- end }}
{{- end -}}
