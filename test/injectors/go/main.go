// A mutating webhook that asks Redirect Planner for a pod's init container.
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	redirectv1 "example.com/redirect-planner/redirect/v1"
	"google.golang.org/protobuf/encoding/protojson"
)

const (
	// Kept back of the API server's time-out, to say why a pod is refused: of a call that times out it says nothing.
	margin    = 500 * time.Millisecond
	mostBytes = 8 << 20
)

type admissionReview struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	Request    *request  `json:"request,omitempty"`
	Response   *response `json:"response,omitempty"`
}

type request struct {
	UID       string          `json:"uid"`
	Namespace string          `json:"namespace"`
	Object    json.RawMessage `json:"object"`
}

type response struct {
	UID       string   `json:"uid"`
	Allowed   bool     `json:"allowed"`
	Status    *denial  `json:"status,omitempty"`
	Warnings  []string `json:"warnings,omitempty"`
	PatchType string   `json:"patchType,omitempty"`
	Patch     []byte   `json:"patch,omitempty"`
}

type denial struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

type injector struct {
	planner redirectv1.RedirectPlannerClient
	options *redirectv1.PlanOptions
}

// review decides on a pod. Whatever goes wrong, the pod is not let through without its rules.
func (i injector) review(ctx context.Context, asked *request, p pod) *response {
	name := p.Metadata.Name
	if name == "" {
		name = p.Metadata.GenerateName
	}
	answer, err := i.inject(ctx, asked, p)
	if err == nil {
		return answer
	}
	name = "pod " + asked.Namespace + "/" + name
	result := &denial{503, fmt.Sprintf("%s is not let in without its rules, and there is no plan for it: %v", name, err)}
	if lines := refusal(err); lines != "" {
		result = &denial{422, name + " is refused by the redirect planner:" + lines}
	}
	log.Print(result.Message)
	return &response{UID: asked.UID, Status: result}
}

func (i injector) inject(ctx context.Context, asked *request, p pod) (*response, error) {
	// Read each time: a change of the mesh config holds from the next pod on.
	meshConfig, err := os.ReadFile(os.Getenv("MESH_CONFIG"))
	if err != nil {
		return nil, err
	}
	plan := &redirectv1.PlanRequest{MeshConfig: &redirectv1.MeshConfig{}, Pod: &redirectv1.Pod{}, Options: i.options}
	// The contract is a part of Kubernetes' own: what it leaves out is ignored.
	kubernetes := protojson.UnmarshalOptions{DiscardUnknown: true}
	if err := kubernetes.Unmarshal(meshConfig, plan.MeshConfig); err != nil {
		return nil, err
	}
	if err := kubernetes.Unmarshal(asked.Object, plan.Pod); err != nil {
		return nil, err
	}
	planned, err := i.planner.Plan(ctx, plan)
	if err != nil {
		return nil, err
	}
	init := planned.GetInitContainer()
	whole, err := protojson.Marshal(init)
	if err != nil {
		return nil, err
	}
	answer := &response{UID: asked.UID, Allowed: true}
	for _, finding := range planned.GetFindings() {
		if finding.GetSeverity() == redirectv1.Severity_SEVERITY_WARNING && strings.HasPrefix(finding.GetField(), "pod.") {
			answer.Warnings = append(answer.Warnings, finding.GetField()+": "+finding.GetMessage())
		}
	}
	compared := container{init.GetName(), init.GetCommand(), init.GetArgs()}
	place := os.Getenv("INIT_CONTAINER_PLACE")
	steps := patchFor(p, plannedContainer{compared, json.RawMessage(whole)}, planned.GetDigest(), place)
	if len(steps) > 0 {
		answer.PatchType = "JSONPatch"
		answer.Patch, err = json.Marshal(steps)
	}
	return answer, err
}

func (i injector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The API server says how long it waits: ?timeout=5s.
	timeout, err := time.ParseDuration(r.URL.Query().Get("timeout"))
	if err != nil {
		timeout = 10 * time.Second
	}
	ctx, cancel := context.WithTimeout(r.Context(), timeout-margin)
	defer cancel()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostBytes))
	var review admissionReview
	var p pod
	if err == nil {
		err = json.Unmarshal(body, &review)
	}
	if err == nil && review.Request != nil {
		err = json.Unmarshal(review.Request.Object, &p)
	}
	if err != nil || review.APIVersion != "admission.k8s.io/v1" || p.Metadata == nil {
		http.Error(w, "no review of a pod", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	answer := i.review(ctx, review.Request, p)
	json.NewEncoder(w).Encode(admissionReview{APIVersion: review.APIVersion, Kind: "AdmissionReview", Response: answer})
}

func main() {
	serviceConfig, err := os.ReadFile(os.Getenv("SERVICE_CONFIG"))
	must(err)
	planner, err := newPlanner(os.Getenv("REDIRECT_PLANNER_TARGET"), string(serviceConfig), os.Getenv("REDIRECT_PLANNER_TLS"))
	must(err)
	options := &redirectv1.PlanOptions{}
	if text := os.Getenv("PLAN_OPTIONS"); text != "" {
		must(protojson.Unmarshal([]byte(text), options))
	}
	http.Handle("/mutate", injector{planner, options})

	folder := os.Getenv("WEBHOOK_TLS")
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, TLSConfig: &tls.Config{
		// For each connection anew: a renewed certificate needs no restart.
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			certificate, err := tls.LoadX509KeyPair(filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key"))
			return &certificate, err
		},
	}}
	listener, err := net.Listen("tcp", ":"+os.Getenv("PORT"))
	must(err)
	fmt.Println("listening on port", listener.Addr().(*net.TCPAddr).Port)
	go func() { log.Print(server.ServeTLS(listener, "", "")) }()
	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	<-stopped.Done()
	must(server.Shutdown(context.Background())) // answers the calls under way first
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
