// Command check helps .ci/examples.
//
//	check kubernetes FILE …   check that the objects in YAML files have no fields that Kubernetes does not know, and no values of another type
//	check scripts FILE DIR    write the scripts of a composite action to a folder, with the settings of the runner
//
// It is a module of its own because nothing else needs the API of Kubernetes.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

func main() {
	if err := check(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func check(what string, args []string) error {
	if what == "scripts" {
		return scripts(args[0], args[1])
	}
	for _, name := range args {
		text, err := os.ReadFile(name)
		if err == nil {
			err = objects(text)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func objects(text []byte) error {
	for _, document := range bytes.Split(text, []byte("\n---\n")) {
		var head struct{ APIVersion, Kind string }
		if err := yaml.Unmarshal(document, &head); err != nil {
			return err
		}
		object := map[string]any{"batch/v1 CronJob": &batch.CronJob{}, "batch/v1 Job": &batch.Job{}, "apps/v1 Deployment": &apps.Deployment{}, "v1 PersistentVolumeClaim": &core.PersistentVolumeClaim{},
			"keda.sh/v1alpha1 ScaledObject": &scaledObject{}}[head.APIVersion+" "+head.Kind]
		if object == nil {
			return fmt.Errorf("%s %s is not known here", head.APIVersion, head.Kind)
		}
		if err := yaml.UnmarshalStrict(document, object); err != nil {
			return fmt.Errorf("%s: %w", head.Kind, err)
		}
	}
	return nil
}

// scaledObject is the part of KEDA's ScaledObject that the examples use, after apis/keda/v1alpha1/scaledobject_types.go and the scaler
// nats_jetstream_scaler.go: its module would bring a hundred others.
type scaledObject struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		ScaleTargetRef struct {
			Name string `json:"name"`
		} `json:"scaleTargetRef"`
		MinReplicaCount *int32 `json:"minReplicaCount"`
		MaxReplicaCount *int32 `json:"maxReplicaCount"`
		CooldownPeriod  *int32 `json:"cooldownPeriod"`
		Triggers        []struct {
			Type     string `json:"type"`
			Metadata struct {
				Account      string `json:"account"`
				Stream       string `json:"stream"`
				Consumer     string `json:"consumer"`
				Monitoring   string `json:"natsServerMonitoringEndpoint"`
				LagThreshold string `json:"lagThreshold"`
			} `json:"metadata"`
		} `json:"triggers"`
	} `json:"spec"`
}

func scripts(name, dir string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var action struct {
		Runs struct{ Steps []struct{ ID, Run string } }
	}
	if err := yaml.Unmarshal(text, &action); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for _, step := range action.Runs.Steps {
		if step.Run == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, step.ID+".sh"), []byte("set -e -o pipefail\n"+step.Run), 0o666); err != nil {
			return err
		}
	}
	return nil
}
