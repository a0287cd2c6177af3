package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"time"

	redirectv1 "example.com/redirect-planner/redirect/v1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/health" // asks the replicas how they are, as the service config says
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"
)

// newPlanner returns a client of the planner. tlsFolder has ca.crt, tls.crt and tls.key, as a Secret mount has them;
// when it is empty there is no TLS (unix socket).
func newPlanner(target, serviceConfig, tlsFolder string) (redirectv1.RedirectPlannerClient, error) {
	transport := insecure.NewCredentials()
	if tlsFolder != "" {
		transport = renewedTLS{credentials.NewTLS(nil), tlsFolder}
	}
	reconnect := backoff.DefaultConfig
	// The default grows to two minutes: so long after a long outage, pods would still be refused.
	reconnect.MaxDelay = time.Second
	conn, err := grpc.NewClient(target,
		grpc.WithTransportCredentials(transport),
		grpc.WithDefaultServiceConfig(serviceConfig), // retries, and how the replicas take turns
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: reconnect, MinConnectTimeout: time.Second}),
		// A node that died says nothing: without pings, calls would go to it until TCP gives up, a quarter of an hour.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 20 * time.Second, Timeout: 5 * time.Second}),
	)
	return redirectv1.NewRedirectPlannerClient(conn), err
}

// renewedTLS reads the certificates for each connection, so that a renewed one holds from the next connection on.
type renewedTLS struct {
	credentials.TransportCredentials
	folder string
}

func (c renewedTLS) ClientHandshake(ctx context.Context, authority string, conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	certificate, err := tls.LoadX509KeyPair(filepath.Join(c.folder, "tls.crt"), filepath.Join(c.folder, "tls.key"))
	if err != nil {
		return nil, nil, err
	}
	authorities, err := os.ReadFile(filepath.Join(c.folder, "ca.crt"))
	if err != nil {
		return nil, nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authorities)
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, RootCAs: roots}
	return credentials.NewTLS(config).ClientHandshake(ctx, authority, conn)
}

func (c renewedTLS) Clone() credentials.TransportCredentials { return c }

// refusal returns what the planner has against a pod, a line for each finding; empty when the error is a failure.
func refusal(err error) string {
	switch status.Code(err) {
	case codes.InvalidArgument, codes.FailedPrecondition, codes.ResourceExhausted:
	default:
		return ""
	}
	lines := ""
	for _, detail := range status.Convert(err).Details() {
		if badRequest, ok := detail.(*errdetails.BadRequest); ok {
			for _, violation := range badRequest.GetFieldViolations() {
				lines += "\n- "
				if violation.GetField() != "" {
					lines += violation.GetField() + ": "
				}
				lines += violation.GetDescription()
			}
		}
	}
	if lines == "" {
		return "\n- " + status.Convert(err).Message()
	}
	return lines
}
