import com.example.redirectplanner.v1.PlanRequest;
import com.example.redirectplanner.v1.RedirectPlannerGrpc;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Reads a plan's request as JSON from standard input, calls the planner, and prints the script, or all that is wrong. */
public final class Example {
    public static void main(String[] args) throws IOException {
        ManagedChannel channel =
                Grpc.newChannelBuilder("localhost:9000", InsecureChannelCredentials.create()).build();
        PlanRequest.Builder request = PlanRequest.newBuilder();
        JsonFormat.parser().ignoringUnknownFields()
                .merge(new InputStreamReader(System.in, StandardCharsets.UTF_8), request);
        try {
            var planner = RedirectPlannerGrpc.newBlockingStub(channel).withDeadlineAfter(5, TimeUnit.SECONDS);
            System.out.println(planner.plan(request.build()).getScript());
        } catch (StatusRuntimeException error) {
            printRefusal(error);
            System.exit(1);
        } finally {
            channel.shutdown();
        }
    }

    private static void printRefusal(StatusRuntimeException error) throws InvalidProtocolBufferException {
        System.out.println(error.getStatus().getCode());
        for (Any detail : StatusProto.fromThrowable(error).getDetailsList()) {
            if (detail.is(BadRequest.class)) {
                for (var violation : detail.unpack(BadRequest.class).getFieldViolationsList()) {
                    System.out.println(
                            violation.getReason() + " " + violation.getField() + " " + violation.getDescription());
                }
            } else if (detail.is(ErrorInfo.class)) {
                System.out.println(detail.unpack(ErrorInfo.class).getReason());
            }
        }
    }
}
