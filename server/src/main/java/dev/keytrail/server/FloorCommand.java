package dev.keytrail.server;

import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The bench's floor: the bare listener reading a body and answering a fixed one, nothing else done. */
@Command(name = "floor", hidden = true, description = "Answer fixed bodies, for the bench.")
final class FloorCommand implements Callable<Integer> {
    @Option(names = "--port", defaultValue = "0")
    private int port;

    @Option(names = "--bytes", defaultValue = "388", description = "Size of the answer's body")
    private int bytes;

    @Override
    public Integer call() throws IOException, InterruptedException {
        byte[] body = new byte[bytes];
        java.util.Arrays.fill(body, (byte) 'x');
        Bytes fixed = Bytes.adopt(body);
        List<HttpRequest.Header> headers = List.of(
                new HttpRequest.Header("Content-Type", "application/x-amz-json-1.1"),
                new HttpRequest.Header("x-amzn-RequestId", "00000000-0000-0000-0000-000000000000"),
                new HttpRequest.Header("Date", "Thu, 01 Jan 1970 00:00:00 GMT"));
        try (Listener listener = Listener.open("127.0.0.1", port, 4096, request -> {
            try {
                request.body().readAllBytes();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            return HttpReply.of(200, headers, fixed);
        })) {
            System.out.println("ready http://127.0.0.1:" + listener.port());
            CountDownLatch stop = new CountDownLatch(1);
            Runtime.getRuntime().addShutdownHook(new Thread(stop::countDown));
            stop.await();
        }
        return 0;
    }
}
