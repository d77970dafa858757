package dev.keytrail.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import javax.net.ssl.SSLSocketFactory;

/** Whom this command's own calls trust: the certificates in {@code AWS_CA_BUNDLE}, as AWS's clients do, else the JDK's. */
final class ClientTls {
    private ClientTls() {}

    /** Empty for the JDK's own. @throws IOException when the file cannot be read */
    static Optional<SSLSocketFactory> factory() throws IOException {
        Optional<String> bundle =
                Optional.ofNullable(System.getenv("AWS_CA_BUNDLE")).filter(name -> !name.isEmpty());
        return bundle.isEmpty()
                ? Optional.empty()
                : Optional.of(TlsFiles.client(Optional.of(Path.of(bundle.get())), Optional.empty())
                        .getSocketFactory());
    }
}
