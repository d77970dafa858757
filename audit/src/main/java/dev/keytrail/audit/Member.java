package dev.keytrail.audit;

import static dev.keytrail.audit.JsonBytes.ascii;

import dev.keytrail.call.Facts;
import dev.keytrail.call.Resource;
import java.util.List;
import java.util.Optional;

/** The members of a record as they stand in its JSON, in the order of recorded files (cloudtrail.md A). */
final class Member {
    static final byte[] EVENT_TIME = ascii(",\"eventTime\":");
    static final byte[] EVENT_SOURCE = ascii(",\"eventSource\":");
    static final byte[] EVENT_NAME = ascii(",\"eventName\":");
    static final byte[] AWS_REGION = ascii(",\"awsRegion\":");
    static final byte[] SOURCE_IP = ascii(",\"sourceIPAddress\":");
    static final byte[] USER_AGENT = ascii(",\"userAgent\":");
    static final byte[] ERROR_CODE = ascii(",\"errorCode\":");
    static final byte[] ERROR_MESSAGE = ascii(",\"errorMessage\":");
    static final byte[] REQUEST_PARAMETERS = ascii(",\"requestParameters\":");
    static final byte[] RESPONSE_ELEMENTS = ascii(",\"responseElements\":");
    static final byte[] ADDITIONAL_EVENT_DATA = ascii(",\"additionalEventData\":");
    static final byte[] REQUEST_ID = ascii(",\"requestID\":");
    static final byte[] EVENT_ID = ascii(",\"eventID\":");
    static final byte[] READ_ONLY_TRUE = ascii(",\"readOnly\":true");
    static final byte[] READ_ONLY_FALSE = ascii(",\"readOnly\":false");
    static final byte[] API_CALL_MANAGEMENT =
            ascii(",\"eventType\":\"AwsApiCall\",\"managementEvent\":true,\"recipientAccountId\":");
    static final byte[] API_CALL_DATA =
            ascii(",\"eventType\":\"AwsApiCall\",\"managementEvent\":false,\"recipientAccountId\":");
    static final byte[] SIGN_IN =
            ascii(",\"eventType\":\"AwsConsoleSignIn\",\"managementEvent\":true,\"recipientAccountId\":");
    static final byte[] FROM_CONSOLE = ascii(",\"sessionCredentialFromConsole\":\"true\"");
    static final byte[] SERVICE_EVENT =
            ascii(",\"eventType\":\"AwsServiceEvent\",\"managementEvent\":true,\"recipientAccountId\":");
    static final byte[] SERVICE_EVENT_DETAILS = ascii(",\"serviceEventDetails\":");
    static final byte[] SHARED_EVENT_ID = ascii(",\"sharedEventID\":");
    static final byte[] VPCE_EVENT = ascii(",\"eventType\":\"AwsVpceEvent\",\"recipientAccountId\":");

    /** In place of the error that the caller had (cloudtrail.md C6). */
    static final byte[] VPCE_ACCESS_DENIED = ascii(",\"errorCode\":\"VpceAccessDenied\","
            + "\"errorMessage\":\"The request was denied due to a VPC endpoint policy\"");

    static final byte[] VPC_ENDPOINT_ID = ascii(",\"vpcEndpointId\":");
    static final byte[] VPC_ENDPOINT_ACCOUNT_ID = ascii(",\"vpcEndpointAccountId\":");
    static final byte[] CATEGORY_NETWORK_ACTIVITY = ascii(",\"eventCategory\":\"NetworkActivity\"");
    static final byte[] CATEGORY_MANAGEMENT = ascii(",\"eventCategory\":\"Management\"");
    static final byte[] CATEGORY_DATA = ascii(",\"eventCategory\":\"Data\"");
    static final byte[] TLS_VERSION = ascii(",\"tlsDetails\":{\"tlsVersion\":");
    static final byte[] CIPHER_SUITE = ascii(",\"cipherSuite\":");
    static final byte[] HOST_HEADER = ascii(",\"clientProvidedHostHeader\":");

    private static final byte[] RESOURCES = ascii(",\"resources\":[");
    private static final byte[] ACCOUNT_ID = ascii("\"accountId\":");
    private static final byte[] TYPE = ascii("\"type\":");
    private static final byte[] RESOURCE_ARN = ascii(",\"ARN\":");

    private Member() {}

    /** A member that is always there: null when there is nothing to show or too much of it. */
    static void objectOrNull(JsonBytes out, Optional<Facts> facts) {
        if (facts.isEmpty() || facts.get().isEmpty()) {
            out.writeNull();
            return;
        }
        int start = out.size();
        out.facts(facts.get());
        if (out.size() - start > Recorder.OBJECT_BYTES_MAX) {
            out.rewind(start);
            out.writeNull();
        }
    }

    /** A member that is left out when there is nothing to show or too much of it. */
    static void object(JsonBytes out, byte[] name, Optional<Facts> facts, int bytesMax) {
        if (facts.isEmpty() || facts.get().isEmpty()) {
            return;
        }
        int before = out.size();
        out.raw(name);
        int start = out.size();
        out.facts(facts.get());
        if (out.size() - start > bytesMax) {
            out.rewind(before);
        }
    }

    /** Left out when there are none (cloudtrail.md A3). */
    static void resources(JsonBytes out, List<Resource> resources) {
        if (resources.isEmpty()) {
            return;
        }
        out.raw(RESOURCES);
        for (int i = 0; i < resources.size(); i++) {
            Resource resource = resources.get(i);
            out.raw(i == 0 ? '{' : ',');
            if (i > 0) {
                out.raw('{');
            }
            if (!resource.account().isEmpty()) {
                out.raw(ACCOUNT_ID).string(resource.account()).raw(',');
            }
            out.raw(TYPE).string(resource.type());
            out.raw(RESOURCE_ARN).string(resource.arn()).raw('}');
        }
        out.raw(']');
    }
}
