// Reads a plan's request as JSON from standard input, calls the planner, and prints the script, or all that is wrong.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	redirectv1 "example.com/redirect-planner/redirect/v1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
)

func main() {
	conn, err := grpc.NewClient("localhost:9000", grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()

	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	request := &redirectv1.PlanRequest{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(input, request); err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	answer, err := redirectv1.NewRedirectPlannerClient(conn).Plan(ctx, request)
	if err != nil {
		printRefusal(err)
		os.Exit(1)
	}
	fmt.Println(answer.GetScript())
}

func printRefusal(err error) {
	fmt.Println(status.Code(err))
	for _, detail := range status.Convert(err).Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			fmt.Println(detail.GetReason())
		case *errdetails.BadRequest:
			for _, violation := range detail.GetFieldViolations() {
				fmt.Println(violation.GetReason(), violation.GetField(), violation.GetDescription())
			}
		}
	}
}
