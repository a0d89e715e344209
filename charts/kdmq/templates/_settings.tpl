{{/* The family whose addresses nodes announce: IPv4, IPv6, or nothing where the cluster decides. */}}
{{- define "kdmq.family" -}}
{{ if .Values.ipFamilies }}{{ first .Values.ipFamilies }}{{ end }}
{{- end -}}

{{/*
The settings of a node, as YAML: what follows from the values, and .Values.config over it. A dot ends the notification
address, so that the search list of the pod is not gone through for it.
*/}}
{{- define "kdmq.settings" -}}
{{- $values := .Values -}}
{{- $name := include "kdmq.fullname" . -}}
{{- $headless := include "kdmq.headless" . -}}
{{- $dns := include "kdmq.dnsName" (list . $headless) -}}
{{- $settings := dict
  "notification_address" (printf "sip:%s.%s" $dns (ternary ";transport=tls" "" (and $values.tls.enabled $values.tls.only)))
  "multi_notify" true
  "cluster_name" (include "kdmq.clusterName" .)
  "shutdown_grace" (sub (sub (int $values.terminationGracePeriodSeconds) 5) (int $values.preStopSleepSeconds) | int)
  "http_listen" (printf "%s:%d" (ternary "*" "[::]" (eq (join "," $values.ipFamilies) "IPv4")) (int $values.http.port))
-}}
{{- with include "kdmq.family" . -}}
{{- $_ := set $settings "pod_ip_family" (lower .) -}}
{{- end -}}
{{- if $values.controller.enabled -}}
{{- $_ := set $settings "pod_selector" (printf "kdmq.dev/bus=%s" $name) -}}
{{- $_ := set $settings "headless_service" $headless -}}
{{- $_ := set $settings "lease_name" $name -}}
{{- else -}}
{{- $_ := set $settings "kubernetes" "off" -}}
{{- end -}}
{{- $settings = mergeOverwrite $settings (include "kdmq.httpSettings" . | fromYaml) -}}
{{- $settings = mergeOverwrite $settings (include "kdmq.tlsSettings" . | fromYaml) -}}
{{- $settings = mergeOverwrite $settings (include "kdmq.redisSettings" . | fromYaml) -}}
{{- range $setting, $value := $values.config -}}
{{- $_ := set $settings $setting $value -}}
{{- end -}}
{{- toYaml $settings -}}
{{- end -}}

{{- define "kdmq.httpSettings" -}}
{{- with .Values.http -}}
http_access: {{ .access }}
http_metrics_access: {{ .metricsAccess }}
{{- if include "kdmq.httpSecret" $ }}
{{- if .readTokenKey }}
http_read_token_file: /etc/kdmq-http/{{ .readTokenKey }}
{{- end }}
{{- if .writeTokenKey }}
http_write_token_file: /etc/kdmq-http/{{ .writeTokenKey }}
{{- end }}
{{- end }}
{{- if .tokenReview.enabled }}
http_token_review: true
http_token_review_audience: {{ .tokenReview.audience | quote }}
http_token_review_read: {{ toJson .tokenReview.read }}
http_token_review_write: {{ toJson .tokenReview.write }}
{{- end }}
{{- if .tls.existingSecret }}
http_tls_certificate: /etc/kdmq-http-tls/tls.crt
http_tls_private_key: /etc/kdmq-http-tls/tls.key
{{- if .tls.clientCertificates }}
http_tls_client_ca: /etc/kdmq-http-tls/ca.crt
{{- end }}
{{- end }}
{{- end -}}
{{- end -}}

{{- define "kdmq.tlsSettings" -}}
{{- with .Values.tls -}}
{{- if .enabled -}}
tls_certificate: /etc/kdmq-tls/tls.crt
tls_private_key: /etc/kdmq-tls/tls.key
tls_ca_list: /etc/kdmq-tls/ca.crt
tls_require_certificate: {{ .requireCertificate }}
tls_server_name: {{ default (include "kdmq.dnsName" (list $ (include "kdmq.headless" $))) .serverName }}
{{- if .only }}
pod_transport: tls
{{- else }}
{{- $address := ternary "*" "[::]" (eq (join "," $.Values.ipFamilies) "IPv4") }}
listen:
  - {{ printf "udp:%s:5060" $address | quote }}
  - {{ printf "tcp:%s:5060" $address | quote }}
  - {{ printf "tls:%s:5061" $address | quote }}
{{- end }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "kdmq.redisSettings" -}}
{{- with .Values.redis -}}
{{- if or .enabled .url -}}
db_url: {{ ternary (printf "redis://%s" (include "kdmq.dnsName" (list $ (include "kdmq.redis" $)))) .url .enabled | quote }}
{{- if include "kdmq.redisSecret" $ }}
db_password_file: /etc/kdmq-redis/{{ .passwordKey }}
{{- end }}
{{- if .username }}
db_username: {{ .username | quote }}
{{- end }}
{{- if .tls.existingSecret }}
db_tls_ca_list: /etc/kdmq-redis-tls/ca.crt
{{- if .tls.clientCertificate }}
db_tls_certificate: /etc/kdmq-redis-tls/tls.crt
db_tls_private_key: /etc/kdmq-redis-tls/tls.key
{{- end }}
{{- end }}
{{- if .tls.serverName }}
db_tls_server_name: {{ .tls.serverName | quote }}
{{- end }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The Lease that the Role is for: another name may stand in .Values.config. */}}
{{- define "kdmq.leaseName" -}}
{{ default (include "kdmq.fullname" .) .Values.config.lease_name }}
{{- end -}}
