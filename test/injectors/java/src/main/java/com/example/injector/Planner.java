package com.example.injector;

import com.example.redirectplanner.v1.PlanRequest;
import com.example.redirectplanner.v1.PlanResponse;
import com.example.redirectplanner.v1.RedirectPlannerGrpc;
import com.google.gson.Gson;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import io.grpc.ChannelCredentials;
import io.grpc.ConnectivityState;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.protobuf.StatusProto;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The client of the planner. */
final class Planner {
    private final ManagedChannel channel;

    /**
     * @param tls a folder with ca.crt, tls.crt and tls.key, as a Secret mount has them; null for no TLS (unix socket)
     * @param watcher looks at the certificates now and then: renewed ones hold from the next connection on
     */
    @SuppressWarnings("unchecked")
    Planner(String target, String serviceConfig, Path tls, ScheduledExecutorService watcher)
            throws IOException, GeneralSecurityException {
        ChannelCredentials credentials = tls == null ? InsecureChannelCredentials.create() : renewed(tls, watcher);
        var builder = Grpc.newChannelBuilder(target, credentials);
        // By itself it would send the path of the socket, which is no authority, and which HTTP/2 servers refuse.
        if (target.startsWith("unix:")) builder.overrideAuthority("localhost");
        channel = builder
                .defaultServiceConfig(new Gson().fromJson(serviceConfig, Map.class)) // retries, and how replicas take turns
                // A node that died says nothing: without pings, calls would go to it until TCP gives up, a quarter of
                // an hour.
                .keepAliveTime(20, TimeUnit.SECONDS)
                .keepAliveTimeout(5, TimeUnit.SECONDS)
                .build();
    }

    /** Asks for a plan. */
    PlanResponse plan(PlanRequest request, long timeoutMillis) {
        // After a long outage gRPC tries to connect only every two minutes; whoever asks now shall not wait for that.
        if (channel.getState(true) == ConnectivityState.TRANSIENT_FAILURE) channel.resetConnectBackoff();
        return RedirectPlannerGrpc.newBlockingStub(channel)
                .withDeadlineAfter(timeoutMillis, TimeUnit.MILLISECONDS)
                .plan(request);
    }

    private static ChannelCredentials renewed(Path folder, ScheduledExecutorService watcher)
            throws IOException, GeneralSecurityException {
        var authorities = AdvancedTlsX509TrustManager.newBuilder().build();
        authorities.updateTrustCredentials(folder.resolve("ca.crt").toFile(), 1, TimeUnit.MINUTES, watcher);
        return TlsChannelCredentials.newBuilder()
                .keyManager(certificate(folder, watcher))
                .trustManager(authorities)
                .build();
    }

    /** The certificate and key of a folder, renewed ones included. */
    static AdvancedTlsX509KeyManager certificate(Path folder, ScheduledExecutorService watcher)
            throws IOException, GeneralSecurityException {
        var certificate = new AdvancedTlsX509KeyManager();
        certificate.updateIdentityCredentials(
                folder.resolve("tls.crt").toFile(), folder.resolve("tls.key").toFile(), 1, TimeUnit.MINUTES, watcher);
        return certificate;
    }

    /** What the planner has against a pod, a line for each finding; null when the error is a failure. */
    static String refusal(StatusRuntimeException error) {
        switch (error.getStatus().getCode()) {
            case INVALID_ARGUMENT, FAILED_PRECONDITION, RESOURCE_EXHAUSTED -> {}
            default -> {
                return null;
            }
        }
        StringBuilder lines = new StringBuilder();
        try {
            for (Any detail : StatusProto.fromThrowable(error).getDetailsList()) {
                if (!detail.is(BadRequest.class)) continue;
                for (var violation : detail.unpack(BadRequest.class).getFieldViolationsList()) {
                    lines.append("\n- ");
                    if (!violation.getField().isEmpty()) lines.append(violation.getField()).append(": ");
                    lines.append(violation.getDescription());
                }
            }
        } catch (InvalidProtocolBufferException unreadable) {
            // The message tells the most of it.
        }
        return lines.isEmpty() ? "\n- " + error.getStatus().getDescription() : lines.toString();
    }
}
