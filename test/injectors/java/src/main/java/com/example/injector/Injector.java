package com.example.injector;

import static com.example.injector.Patch.present;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.example.redirectplanner.v1.Finding;
import com.example.redirectplanner.v1.PlanOptions;
import com.example.redirectplanner.v1.PlanRequest;
import com.example.redirectplanner.v1.PlanResponse;
import com.example.redirectplanner.v1.Severity;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.util.JsonFormat;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;

/** A mutating webhook that asks Redirect Planner for a pod's init container. */
public final class Injector {
    /** Kept back of the API server's time-out, to say why a pod is refused: of a call that times out it says nothing. */
    private static final long MARGIN_MILLIS = 500;

    private static final int MOST_BYTES = 8 * 1024 * 1024;
    private static final Pattern TIMEOUT = Pattern.compile("(?:^|&)timeout=(\\d+)s");

    private final Planner planner;
    private final PlanOptions options;
    private final Path meshConfig;
    private final String place;

    private Injector(Planner planner, Map<String, String> settings) throws IOException {
        this.planner = planner;
        this.meshConfig = Path.of(settings.get("MESH_CONFIG"));
        this.place = settings.getOrDefault("INIT_CONTAINER_PLACE", "last");
        var builder = PlanOptions.newBuilder();
        JsonFormat.parser().merge(settings.getOrDefault("PLAN_OPTIONS", "{}"), builder);
        this.options = builder.build();
    }

    /** Decides on a pod. Whatever goes wrong, the pod is not let through without its rules. */
    private JsonObject review(JsonObject request, JsonObject metadata, long timeoutMillis) {
        JsonElement name = metadata.has("name") ? metadata.get("name") : metadata.get("generateName");
        String pod = "pod " + request.get("namespace").getAsString() + "/" + (name == null ? "" : name.getAsString());
        JsonObject answer = new JsonObject();
        answer.add("uid", request.get("uid"));
        JsonObject status = new JsonObject();
        try {
            inject(request.getAsJsonObject("object"), timeoutMillis, answer);
            answer.addProperty("allowed", true);
            return answer;
        } catch (Exception error) {
            String refusal = error instanceof StatusRuntimeException failed ? Planner.refusal(failed) : null;
            status.addProperty("code", refusal == null ? 503 : 422);
            status.addProperty("message", refusal == null
                    ? pod + " is not let in without its rules, and there is no plan for it: " + error.getMessage()
                    : pod + " is refused by the redirect planner:" + refusal);
        }
        System.err.println(status.get("message").getAsString());
        answer.addProperty("allowed", false);
        answer.add("status", status);
        return answer;
    }

    private void inject(JsonObject pod, long timeoutMillis, JsonObject answer) throws IOException {
        var request = PlanRequest.newBuilder().setOptions(options);
        // The contract is a part of Kubernetes' own: what it leaves out is ignored. The mesh config is read each time: a
        // change of it holds from the next pod on.
        var kubernetes = JsonFormat.parser().ignoringUnknownFields();
        kubernetes.merge(Files.readString(meshConfig), request.getMeshConfigBuilder());
        kubernetes.merge(pod.toString(), request.getPodBuilder());
        PlanResponse plan = planner.plan(request.build(), timeoutMillis);

        JsonObject container = JsonParser.parseString(JsonFormat.printer().print(plan.getInitContainer())).getAsJsonObject();
        JsonArray patch = Patch.from(pod, container, plan.getDigest(), place);
        JsonArray warnings = new JsonArray();
        for (Finding finding : plan.getFindingsList()) {
            if (finding.getSeverity() == Severity.SEVERITY_WARNING && finding.getField().startsWith("pod.")) {
                warnings.add(finding.getField() + ": " + finding.getMessage());
            }
        }
        if (!warnings.isEmpty()) answer.add("warnings", warnings);
        if (patch.isEmpty()) return;
        answer.addProperty("patchType", "JSONPatch");
        answer.addProperty("patch", Base64.getEncoder().encodeToString(patch.toString().getBytes(UTF_8)));
    }

    private void mutate(HttpExchange exchange) throws IOException {
        // The API server says how long it waits: ?timeout=5s.
        var timeout = TIMEOUT.matcher(String.valueOf(exchange.getRequestURI().getQuery()));
        long timeoutMillis = (timeout.find() ? Long.parseLong(timeout.group(1)) * 1000 : 10_000) - MARGIN_MILLIS;
        JsonObject review;
        JsonObject request;
        JsonElement metadata;
        try {
            byte[] body = exchange.getRequestBody().readNBytes(MOST_BYTES);
            review = JsonParser.parseString(new String(body, UTF_8)).getAsJsonObject();
            request = review.getAsJsonObject("request");
            metadata = present(request.getAsJsonObject("object"), "metadata");
            if (metadata == null || !review.get("apiVersion").getAsString().equals("admission.k8s.io/v1")) {
                throw new IllegalArgumentException("no review of a pod");
            }
        } catch (RuntimeException unreadable) {
            send(exchange, 400, "no review of a pod");
            return;
        }
        JsonObject response = review(request, metadata.getAsJsonObject(), timeoutMillis);
        review.remove("request");
        review.add("response", response);
        exchange.getResponseHeaders().set("content-type", "application/json");
        send(exchange, 200, review.toString());
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        try (exchange) {
            byte[] body = text.getBytes(UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    public static void main(String[] args) throws Exception {
        // Without it, each answer would wait for the client's acknowledgement of its header, 40 ms.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        Map<String, String> settings = System.getenv();
        var watcher = Executors.newSingleThreadScheduledExecutor();
        String tls = settings.get("REDIRECT_PLANNER_TLS");
        var planner = new Planner(
                settings.get("REDIRECT_PLANNER_TARGET"),
                Files.readString(Path.of(settings.get("SERVICE_CONFIG"))),
                tls == null ? null : Path.of(tls),
                watcher);
        var injector = new Injector(planner, settings);

        SSLContext context = SSLContext.getInstance("TLS");
        KeyManager certificate = Planner.certificate(Path.of(settings.get("WEBHOOK_TLS")), watcher);
        context.init(new KeyManager[] {certificate}, null, null);
        int port = Integer.parseInt(settings.getOrDefault("PORT", "9443"));
        HttpsServer server = HttpsServer.create(new InetSocketAddress(port), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/mutate", injector::mutate);
        server.start();
        System.out.println("listening on port " + server.getAddress().getPort());
        // Answers the calls under way first.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> server.stop(5)));
    }
}
