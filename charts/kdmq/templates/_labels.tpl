{{/* What never changes: the selector of a StatefulSet can't. list of context and component */}}
{{- define "kdmq.selectorLabels" -}}
{{- $context := index . 0 -}}
app.kubernetes.io/name: {{ default $context.Chart.Name $context.Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ $context.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* list of context and component, and where it has some labels of its own, which go before those of all objects */}}
{{- define "kdmq.labels" -}}
{{- $context := index . 0 -}}
helm.sh/chart: {{ printf "%s-%s" $context.Chart.Name $context.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "kdmq.selectorLabels" (list $context (index . 1)) }}
app.kubernetes.io/version: {{ $context.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $context.Release.Service }}
{{- with merge (dict) (ternary (last .) (dict) (gt (len .) 2) | default dict) (default dict $context.Values.commonLabels) }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The metadata of an object. list of context, component, name, and where it has some annotations and labels of its own */}}
{{- define "kdmq.metadata" -}}
{{- $context := index . 0 -}}
name: {{ index . 2 }}
namespace: {{ $context.Release.Namespace }}
labels:
  {{- include "kdmq.labels" (list $context (index . 1) (ternary (last .) (dict) (gt (len .) 4))) | nindent 2 }}
{{- with merge (dict) (ternary (index . (min 3 (sub (len .) 1))) (dict) (gt (len .) 3) | default dict) (default dict $context.Values.commonAnnotations) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
