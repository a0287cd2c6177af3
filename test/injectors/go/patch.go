package main

import (
	"fmt"
	"slices"
	"strings"
)

// digestAnnotation tells which plan a pod has.
const digestAnnotation = "redirect-planner/digest"

// pod is what a patch depends on. A list or map that is absent is nil, and an empty one is not.
type pod struct {
	Metadata *struct {
		Name         string            `json:"name"`
		GenerateName string            `json:"generateName"`
		Annotations  map[string]string `json:"annotations"`
	} `json:"metadata"`
	Spec struct {
		InitContainers []container `json:"initContainers"`
	} `json:"spec"`
}

// container is what of a container is compared.
type container struct {
	Name    string   `json:"name"`
	Command []string `json:"command"`
	Args    []string `json:"args"`
}

// operation is one step of a JSONPatch (RFC 6902).
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// plannedContainer is the init container of a plan: what is compared of it, and the whole of it as JSON.
type plannedContainer struct {
	container
	whole any
}

// patchFor returns the steps from a pod to the pod with a plan; none when it has that plan already.
func patchFor(p pod, planned plannedContainer, digest, place string) []operation {
	var steps []operation
	annotations, containers := p.Metadata.Annotations, p.Spec.InitContainers
	was, annotated := annotations[digestAnnotation]

	index := slices.IndexFunc(containers, func(c container) bool { return c.Name == planned.Name })
	switch {
	case containers == nil:
		steps = append(steps, operation{"add", "/spec/initContainers", []any{planned.whole}})
	case index < 0 && place == "first":
		steps = append(steps, operation{"add", "/spec/initContainers/0", planned.whole})
	case index < 0:
		steps = append(steps, operation{"add", "/spec/initContainers/-", planned.whole})
	// Anybody can write an annotation: the digest alone does not show that the rules are programmed. Other webhooks may
	// rewrite the image or add defaults; what must not differ is the program.
	case was != digest || !slices.Equal(containers[index].Command, planned.Command) ||
		!slices.Equal(containers[index].Args, planned.Args):
		steps = append(steps, operation{"replace", fmt.Sprintf("/spec/initContainers/%d", index), planned.whole})
	}

	// RFC 6901: a slash inside a name is written ~1.
	path := "/metadata/annotations/" + strings.ReplaceAll(digestAnnotation, "/", "~1")
	switch {
	case annotations == nil:
		steps = append(steps, operation{"add", "/metadata/annotations", map[string]string{digestAnnotation: digest}})
	case !annotated:
		steps = append(steps, operation{"add", path, digest})
	case was != digest:
		steps = append(steps, operation{"replace", path, digest})
	}
	return steps
}
