// Answers Plan as a server in Go would: it reads the request, and answers a message that was made before.
// PORT, and a file with the encoded answer.
package main

import (
	"context"
	"log"
	"net"
	"os"

	redirectv1 "example.com/redirect-planner/redirect/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

type planner struct {
	redirectv1.UnimplementedRedirectPlannerServer
	answer *redirectv1.PlanResponse
}

func (p *planner) Plan(context.Context, *redirectv1.PlanRequest) (*redirectv1.PlanResponse, error) {
	return p.answer, nil
}

func main() {
	encoded, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	answer := &redirectv1.PlanResponse{}
	if err := proto.Unmarshal(encoded, answer); err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	redirectv1.RegisterRedirectPlannerServer(server, &planner{answer: answer})
	log.Fatal(server.Serve(listener))
}
