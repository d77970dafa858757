package dev.keytrail.conformance;

import com.amazonaws.auth.AWSStaticCredentialsProvider;
import com.amazonaws.auth.BasicAWSCredentials;
import com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import com.amazonaws.services.cloudtrail.processinglibrary.AWSCloudTrailProcessingExecutor;
import com.amazonaws.services.cloudtrail.processinglibrary.configuration.ClientConfiguration;
import com.amazonaws.services.cloudtrail.processinglibrary.model.CloudTrailEvent;
import com.amazonaws.services.cloudtrail.processinglibrary.model.CloudTrailEventData;
import com.amazonaws.services.s3.AmazonS3ClientBuilder;
import com.amazonaws.services.sqs.AmazonSQSClientBuilder;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * AWS's CloudTrail Processing Library as it comes, for {@code test_consumers.py}: reads notices from a queue and the log
 * files they name, and prints a line for each event. Ends when its input does.
 *
 * <p>Arguments: the endpoint of SQS and S3, and the queue's URL.
 */
final class ProcessingLibraryReader {
    private ProcessingLibraryReader() {}

    public static void main(String[] arguments) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        AWSStaticCredentialsProvider credentials =
                new AWSStaticCredentialsProvider(new BasicAWSCredentials("test", "test"));
        EndpointConfiguration endpoint = new EndpointConfiguration(arguments[0], "us-east-1");
        ClientConfiguration configuration = new ClientConfiguration(arguments[1], credentials);
        configuration.setSqsRegion("us-east-1");
        configuration.setS3Region("us-east-1");
        configuration.setThreadCount(1);
        configuration.setEnableRawEventInfo(true);
        AWSCloudTrailProcessingExecutor executor = new AWSCloudTrailProcessingExecutor.Builder(
                        events -> print(out, events), configuration)
                .withS3Client(AmazonS3ClientBuilder.standard()
                        .withCredentials(credentials)
                        .withEndpointConfiguration(endpoint)
                        .withPathStyleAccessEnabled(true)
                        .build())
                .withSQSClient(AmazonSQSClientBuilder.standard()
                        .withCredentials(credentials)
                        .withEndpointConfiguration(endpoint)
                        .build())
                .withExceptionHandler(e -> out.println("failed\t" + e.getStatus() + "\t" + e))
                .build();
        executor.start();
        while (System.in.read() >= 0) {
            // Until whoever started this has seen enough.
        }
        executor.stop();
        System.exit(0);
    }

    private static void print(PrintStream out, List<CloudTrailEvent> events) {
        for (CloudTrailEvent event : events) {
            CloudTrailEventData data = event.getEventData();
            out.println(String.join(
                    "\t",
                    data.getEventId().toString(),
                    data.getEventName(),
                    data.getEventSource(),
                    data.getAwsRegion(),
                    data.getRecipientAccountId(),
                    data.getUserIdentity().getIdentityType(),
                    String.valueOf(data.getUserIdentity().getUserName()),
                    String.valueOf(data.getErrorCode()),
                    String.valueOf(data.getRequestParameters())));
        }
    }
}
