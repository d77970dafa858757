package dev.keytrail.server;

import java.io.IOException;
import java.net.URI;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * A short life of a real server on a directory that is thrown away, so that the JVM can write down which classes a start
 * and the common calls need (its ahead-of-time cache). The launcher runs it once after a build.
 */
@Command(name = "train", hidden = true, description = "Exercise a throw-away server for the AOT cache.")
final class TrainCommand implements Callable<Integer> {
    @Override
    public Integer call() throws IOException {
        java.nio.file.Path data = java.nio.file.Files.createTempDirectory("keytrail-train");
        try {
            Settings settings = Settings.load(Optional.of(data), Map.of(), Map.of("port", "0"));
            try (RunningServer house = RunningServer.open(settings, InstantSource.system())) {
                exercise(house);
            }
        } finally {
            Directories.deleteTree(data);
        }
        return 0;
    }

    private static void exercise(RunningServer house) throws IOException {
        SigningClient client = AccountCommand.signedAs(
                Map.of("AWS_SHARED_CREDENTIALS_FILE", house.credentialsFile().toString()),
                URI.create(house.endpoint()));
        for (int i = 0; i < 200; i++) {
            String alias = "alias/train-" + i;
            SigningClient.Reply key = client.call("kms", "us-east-1", "TrentService.CreateKey", "{}");
            String id = key.body().replaceAll("(?s).*\"KeyId\":\"([^\"]*)\".*", "$1");
            client.call(
                    "kms",
                    "us-east-1",
                    "TrentService.CreateAlias",
                    "{\"AliasName\":\"" + alias + "\",\"TargetKeyId\":\"" + id + "\"}");
            for (int j = 0; j < 3; j++) {
                SigningClient.Reply sealed = client.call(
                        "kms",
                        "us-east-1",
                        "TrentService.Encrypt",
                        "{\"KeyId\":\"" + alias + "\",\"Plaintext\":\"aGVsbG8=\",\"EncryptionContext\":{\"a\":\"b\"}}");
                String blob = sealed.body().replaceAll("(?s).*\"CiphertextBlob\":\"([^\"]*)\".*", "$1");
                client.call(
                        "kms",
                        "us-east-1",
                        "TrentService.Decrypt",
                        "{\"CiphertextBlob\":\"" + blob + "\",\"EncryptionContext\":{\"a\":\"b\"}}");
            }
            client.call("kms", "us-east-1", "TrentService.DescribeKey", "{\"KeyId\":\"none\"}");
            client.call("cloudtrail", "us-east-1", "CloudTrail_20131101.LookupEvents", "{\"MaxResults\":5}");
        }
    }
}
