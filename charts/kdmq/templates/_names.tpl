{{/* The name of what is installed. 46 characters leave room for -headless-tcp, and for what a StatefulSet appends. */}}
{{- define "kdmq.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $full .Values.fullnameOverride | trunc 46 | trimSuffix "-" -}}
{{- end -}}

{{- define "kdmq.headless" -}}
{{ include "kdmq.fullname" . }}-headless
{{- end -}}

{{- define "kdmq.redis" -}}
{{ include "kdmq.fullname" . }}-redis
{{- end -}}

{{/* The DNS name of a service, without the dot at the end. list of context and service */}}
{{- define "kdmq.dnsName" -}}
{{- $context := index . 0 -}}
{{ printf "%s.%s.svc.%s" (index . 1) $context.Release.Namespace (trimSuffix "." $context.Values.clusterDomain) }}
{{- end -}}

{{/* Unique in all namespaces: several releases may share one Redis. Longer than 63 characters it ends in a hash. */}}
{{- define "kdmq.clusterName" -}}
{{- $name := printf "%s.%s" .Release.Namespace (include "kdmq.fullname" .) -}}
{{- if gt (len $name) 63 -}}
{{ printf "%s-%s" (trunc 54 $name) (sha256sum $name | trunc 8) }}
{{- else -}}
{{ $name }}
{{- end -}}
{{- end -}}

{{/* Of what belongs to no namespace. */}}
{{- define "kdmq.tokenReview" -}}
{{ printf "kdmq:%s:%s:token-review" .Release.Namespace (include "kdmq.fullname" .) }}
{{- end -}}

{{- define "kdmq.serviceAccountName" -}}
{{- $made := ternary (include "kdmq.fullname" .) "default" .Values.serviceAccount.create -}}
{{ default $made .Values.serviceAccount.name }}
{{- end -}}

{{- define "kdmq.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ printf "%s@%s" .repository .digest }}
{{- else -}}
{{ printf "%s:%s" .repository (default $.Chart.AppVersion .tag) }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "kdmq.redisSecret" -}}
{{- default (ternary (include "kdmq.redis" .) "" .Values.redis.enabled) .Values.redis.existingSecret -}}
{{- end -}}

{{- define "kdmq.httpSecret" -}}
{{- default (ternary (printf "%s-http" (include "kdmq.fullname" .)) "" .Values.http.generateTokens) .Values.http.existingSecret -}}
{{- end -}}

{{- define "kdmq.tlsSecret" -}}
{{- default (printf "%s-tls" (include "kdmq.fullname" .)) .Values.tls.existingSecret -}}
{{- end -}}

{{- define "kdmq.scheme" -}}
{{ ternary "HTTPS" "HTTP" (ne .Values.http.tls.existingSecret "") }}
{{- end -}}
