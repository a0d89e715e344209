{{/* What the schema can't say: values that do not go together. All of them at once. */}}
{{- define "kdmq.check" -}}
{{- $problems := list -}}
{{- with .Values -}}
{{- $grace := int .terminationGracePeriodSeconds -}}
{{- $sleep := int .preStopSleepSeconds -}}
{{- if gt (add $sleep 7) $grace -}}
{{- $problems = append $problems (printf "terminationGracePeriodSeconds: %d leaves no time to stop after preStopSleepSeconds: %d; at least %d is needed" $grace $sleep (add $sleep 7)) -}}
{{- else if hasKey .config "shutdown_grace" -}}
{{- if gt (float64 .config.shutdown_grace) (float64 (sub (sub $grace $sleep) 2)) -}}
{{- $problems = append $problems (printf "config.shutdown_grace: %v does not fit into terminationGracePeriodSeconds: %d, of which %d are left; leave it out, or raise the grace period" .config.shutdown_grace $grace (sub (sub $grace $sleep) 2)) -}}
{{- end -}}
{{- end -}}
{{- if and .redis.enabled .redis.url -}}
{{- $problems = append $problems "redis.url: redis.enabled installs a Redis, and this names another; set one of them" -}}
{{- end -}}
{{- if and .redis.enabled (or .redis.tls.existingSecret .redis.username) -}}
{{- $problems = append $problems "redis.tls, redis.username: they are for a Redis of yours (redis.url), the bundled one has neither" -}}
{{- end -}}
{{- range $setting, $instead := dict "db_password" "redis.existingSecret" "http_read_token" "http.existingSecret" "http_write_token" "http.existingSecret" -}}
{{- if hasKey $.Values.config $setting -}}
{{- $problems = append $problems (printf "config.%s: everybody who may read ConfigMaps would read it; put it into a Secret and name that in %s" $setting $instead) -}}
{{- end -}}
{{- end -}}
{{- range $value, $url := dict "redis.url" .redis.url "config.db_url" (default "" .config.db_url) -}}
{{- if regexMatch "^[^/]*//[^/@]*:[^/@]+@" $url -}}
{{- $problems = append $problems (printf "%s: everybody who may read ConfigMaps would read its password; leave it out, put it into a Secret and name that in redis.existingSecret" $value) -}}
{{- end -}}
{{- end -}}
{{- if and (or .redis.existingSecret .redis.username .redis.tls.existingSecret) (not (or .redis.enabled .redis.url)) -}}
{{- $problems = append $problems "redis.existingSecret, redis.username, redis.tls: nothing uses them without redis.url (a Redis of yours) or redis.enabled" -}}
{{- end -}}
{{- if or (and (eq (int .http.port) 5060) (not .tls.only)) (and (eq (int .http.port) 5061) .tls.enabled) -}}
{{- $problems = append $problems (printf "http.port: on %d the node listens for SIP; take another one" (int .http.port)) -}}
{{- end -}}
{{- range list "http_tls_certificate" "http_tls_private_key" -}}
{{- if hasKey $.Values.config . -}}
{{- $problems = append $problems (printf "config.%s: probes have to know that it is HTTPS; set http.tls.existingSecret" .) -}}
{{- end -}}
{{- end -}}
{{- if and .config.http_tls_client_ca (not .http.tls.existingSecret) -}}
{{- $problems = append $problems "config.http_tls_client_ca: asks for certificates, and HTTPS is not served; set http.tls.existingSecret, and http.tls.clientCertificates where the authority is its ca.crt" -}}
{{- end -}}
{{- if and .config.http_tls_client_write (not (or .http.tls.clientCertificates .config.http_tls_client_ca)) -}}
{{- $problems = append $problems "config.http_tls_client_write: names certificates, and none is asked for; set http.tls.clientCertificates" -}}
{{- end -}}
{{- if and (not .tls.enabled) (ne (empty .config.tls_certificate) (empty .config.tls_private_key)) -}}
{{- $problems = append $problems "config.tls_certificate, config.tls_private_key: certificate and key go together; set tls.enabled and tls.existingSecret" -}}
{{- end -}}
{{- if or (contains "@" .image.repository) (contains ":" (base .image.repository)) -}}
{{- $problems = append $problems (printf "image.repository: %s has a tag or a digest; put that into image.tag or image.digest" .image.repository) -}}
{{- end -}}
{{- if and .http.tls.clientCertificates (not .http.tls.existingSecret) -}}
{{- $problems = append $problems "http.tls.clientCertificates: it needs http.tls.existingSecret" -}}
{{- end -}}
{{- if .http.tokenReview.enabled -}}
{{- if not (or .http.tokenReview.read .http.tokenReview.write) -}}
{{- $problems = append $problems "http.tokenReview: nobody is named in read or write, so nobody would get in by it" -}}
{{- end -}}
{{- if eq .http.access "open" -}}
{{- $problems = append $problems "http.access: open lets everybody do everything, and http.tokenReview.enabled asks for tokens; set one of them" -}}
{{- end -}}
{{- else if or .http.tokenReview.read .http.tokenReview.write -}}
{{- $problems = append $problems "http.tokenReview.read, http.tokenReview.write: nothing uses them without http.tokenReview.enabled" -}}
{{- end -}}
{{- if hasKey .config "http_token_review" -}}
{{- $problems = append $problems "config.http_token_review: the nodes need a right for it; set http.tokenReview.enabled" -}}
{{- end -}}
{{- if hasKey .config "http_listen" -}}
{{- $problems = append $problems "config.http_listen: services and probes have to know the port; set http.port" -}}
{{- end -}}
{{- range list "pod_name" "pod_uid" "partition" "server_address" "server_socket" -}}
{{- if hasKey $.Values.config . -}}
{{- $problems = append $problems (printf "config.%s: all nodes would have the same; leave it out, each derives it from its pod" .) -}}
{{- end -}}
{{- end -}}
{{- if and (hasKey .config "pod_transport") (ne (eq .config.pod_transport "tls") (and .tls.enabled .tls.only)) -}}
{{- $problems = append $problems "config.pod_transport: services and ports have to know it; set tls.only" -}}
{{- end -}}
{{- with include "kdmq.missingSockets" $ -}}
{{- $problems = append $problems (printf "config.listen: nothing in it is %s, to which the services lead; name them too, or leave listen out" .) -}}
{{- end -}}
{{- if and .service.nodePort (eq .service.type "ClusterIP") -}}
{{- $problems = append $problems (printf "service.nodePort: %d is for service.type: NodePort or LoadBalancer, and the type is ClusterIP" (int .service.nodePort)) -}}
{{- end -}}
{{- $ofPods := list "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/component" "kdmq.dev/bus" -}}
{{- $ofAll := concat $ofPods (list "app.kubernetes.io/version" "app.kubernetes.io/managed-by" "helm.sh/chart") -}}
{{- range list
  (list "commonLabels" .commonLabels $ofAll)
  (list "podLabels" .podLabels $ofPods)
  (list "serviceMonitor.labels" .serviceMonitor.labels $ofAll)
  (list "prometheusRule.labels" .prometheusRule.labels $ofAll)
  (list "grafanaDashboard.labels" .grafanaDashboard.labels $ofAll)
  (list "commonAnnotations" .commonAnnotations (list "kdmq.dev/settings" "helm.sh/hook" "helm.sh/hook-delete-policy"))
  (list "podAnnotations" .podAnnotations (list "kdmq.dev/settings"))
-}}
{{- $value := index . 0 -}}
{{- $given := index . 1 | default dict -}}
{{- range index . 2 -}}
{{- if hasKey $given . -}}
{{- $problems = append $problems (printf "%s: %s is set by the chart, which needs what it says; leave it out" $value .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range list
  (list "env" .env (include "kdmq.ownEnvironment" $))
  (list "extraVolumes" .extraVolumes (printf "- name: data\n%s" (include "kdmq.volumes" $)))
  (list "extraContainers" .extraContainers "- name: kdmq")
  (list "initContainers" .initContainers "- name: kdmq")
-}}
{{- $value := index . 0 -}}
{{- $own := list -}}
{{- range index . 2 | fromYamlArray -}}
{{- $own = append $own .name -}}
{{- end -}}
{{- range index . 1 -}}
{{- if has .name $own -}}
{{- $problems = append $problems (printf "%s: the chart has a %s itself; give yours another name, or leave it out" $value .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" (include "kdmq.fullname" $)) -}}
{{- $problems = append $problems (printf "release name: %q would make services called %s, and the name of a service begins with a letter, followed by a-z, 0-9 and -; set fullnameOverride, or name the release otherwise" $.Release.Name (include "kdmq.fullname" $)) -}}
{{- end -}}
{{- if and .config.db_url (or .redis.enabled .redis.url) -}}
{{- $problems = append $problems "config.db_url: redis.enabled or redis.url says already where queues are kept; set one of them" -}}
{{- end -}}
{{- if and .tls.certManager.enabled (not .tls.enabled) -}}
{{- $problems = append $problems "tls.certManager.enabled: nothing uses the certificate without tls.enabled" -}}
{{- end -}}
{{- if and .serviceMonitor.enabled (eq .http.metricsAccess "token") (not (include "kdmq.httpSecret" $)) -}}
{{- $problems = append $problems "serviceMonitor.enabled: with http.metricsAccess: token Prometheus needs a token of http.generateTokens or http.existingSecret" -}}
{{- end -}}
{{- if and (hasKey .config "http_metrics_access") (ne (toString .config.http_metrics_access) .http.metricsAccess) -}}
{{- $problems = append $problems "config.http_metrics_access: a ServiceMonitor has to know whether Prometheus needs a token; set http.metricsAccess" -}}
{{- end -}}
{{- if and .serviceMonitor.enabled .http.tls.existingSecret -}}
{{- if not .serviceMonitor.tlsConfig -}}
{{- $problems = append $problems "serviceMonitor.tlsConfig: with http.tls.existingSecret Prometheus asks over HTTPS, and pods by their addresses; say whom it trusts and which name the certificate has (ca and serverName), or insecureSkipVerify" -}}
{{- else if and .http.tls.clientCertificates (eq .http.metricsAccess "token") (not (or .serviceMonitor.tlsConfig.cert .serviceMonitor.tlsConfig.certFile)) -}}
{{- $problems = append $problems "serviceMonitor.tlsConfig: with http.tls.clientCertificates and http.metricsAccess: token Prometheus needs a certificate, a token alone is answered with 401; name it in cert and keySecret, or certFile and keyFile" -}}
{{- end -}}
{{- end -}}
{{- if and .tls.only (not .tls.enabled) -}}
{{- $problems = append $problems "tls.only: it needs tls.enabled" -}}
{{- end -}}
{{- if .tls.enabled -}}
{{- if and .tls.certManager.enabled .tls.existingSecret -}}
{{- $problems = append $problems "tls.existingSecret: tls.certManager.enabled makes a Secret; set one of them" -}}
{{- else if and .tls.certManager.enabled (not .tls.certManager.issuerRef.name) -}}
{{- $problems = append $problems "tls.certManager.issuerRef.name: name the issuer" -}}
{{- else if not (or .tls.certManager.enabled .tls.existingSecret) -}}
{{- $problems = append $problems "tls.existingSecret: tls.enabled needs a Secret with tls.crt, tls.key and ca.crt, or tls.certManager.enabled" -}}
{{- end -}}
{{- end -}}
{{- if and .autoscaling.enabled (gt (int .autoscaling.minReplicas) (int .autoscaling.maxReplicas)) -}}
{{- $problems = append $problems (printf "autoscaling.minReplicas: %d is more than maxReplicas: %d" (int .autoscaling.minReplicas) (int .autoscaling.maxReplicas)) -}}
{{- end -}}
{{- if and .autoscaling.enabled (not (or .autoscaling.targetCPUUtilizationPercentage .autoscaling.targetMemoryUtilizationPercentage .autoscaling.metrics)) -}}
{{- $problems = append $problems "autoscaling: name a target: targetCPUUtilizationPercentage, targetMemoryUtilizationPercentage or metrics" -}}
{{- end -}}
{{- if and (eq .http.metricsAccess "token") (not (include "kdmq.httpSecret" $)) (not .http.tokenReview.enabled) -}}
{{- $problems = append $problems "http.metricsAccess: token needs http.generateTokens, http.existingSecret or http.tokenReview" -}}
{{- end -}}
{{- if and (ne .ipFamilyPolicy "RequireDualStack") (ne .ipFamilyPolicy "PreferDualStack") (gt (len .ipFamilies) 1) -}}
{{- $problems = append $problems "ipFamilies: two families need ipFamilyPolicy: PreferDualStack or RequireDualStack" -}}
{{- end -}}
{{- end -}}
{{- if $problems -}}
{{- fail (printf "\n\n  * %s\n" (join "\n  * " $problems)) -}}
{{- end -}}
{{- end -}}

{{/* The sockets to which services lead and which are not in .Values.config.listen: "udp:*:5060, tcp:*:5060". */}}
{{- define "kdmq.missingSockets" -}}
{{- if hasKey .Values.config "listen" -}}
{{- $only := and .Values.tls.enabled .Values.tls.only -}}
{{- $missing := concat (ternary (list) (list "udp:*:5060" "tcp:*:5060") $only) (ternary (list "tls:*:5061") (list) .Values.tls.enabled) -}}
{{- $given := ternary (list .Values.config.listen) .Values.config.listen (kindIs "string" .Values.config.listen) -}}
{{- range regexSplit "[\\s,]+" (join " " $given | lower) -1 -}}
{{- $transport := regexFind "^(udp|tcp|tls):" . | trimSuffix ":" -}}
{{- $address := regexReplaceAll "^(udp|tcp|tls):" . "" -}}
{{- $port := regexFind ":[0-9]+$" (regexReplaceAll "^\\[[^]]*\\]" $address "") | trimPrefix ":" | default (ternary "5061" "5060" (eq $transport "tls")) -}}
{{- if regexMatch "^(\\*|0\\.0\\.0\\.0|\\[[0:]+\\])(:[0-9]+)?$" $address -}}
{{- range ternary (list $transport) (list "udp" "tcp") (ne $transport "") -}}
{{- $missing = without $missing (printf "%s:*:%s" . $port) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- join ", " $missing -}}
{{- end -}}
{{- end -}}
