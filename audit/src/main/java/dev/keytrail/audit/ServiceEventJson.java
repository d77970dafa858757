package dev.keytrail.audit;

import static dev.keytrail.audit.JsonBytes.ascii;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.ServiceEvent;

/** An {@code AwsServiceEvent}: nobody called, so there is no request, address or agent (cloudtrail.md C5). */
final class ServiceEventJson {
    private static final byte[] ACCOUNT_ID = ascii("{\"accountId\":");
    private static final byte[] INTERNAL = ascii(",\"invokedBy\":\"AWS Internal\"}");
    private static final byte[] FROM_WITHIN =
            ascii(",\"sourceIPAddress\":\"AWS Internal\",\"userAgent\":\"AWS Internal\",\"requestParameters\":null");

    private ServiceEventJson() {}

    static Bytes write(ServiceEvent event, String region, String eventId, long second) {
        JsonBytes out = new JsonBytes(1024);
        out.raw(Recorder.VERSION);
        out.raw(ACCOUNT_ID).string(event.account()).raw(INTERNAL);
        out.raw(Member.EVENT_TIME).instant(second);
        out.raw(Member.EVENT_SOURCE).string(event.service().eventSource());
        out.raw(Member.EVENT_NAME).string(event.name());
        out.raw(Member.AWS_REGION).string(region);
        out.raw(FROM_WITHIN);
        out.raw(Member.RESPONSE_ELEMENTS);
        Member.objectOrNull(out, event.responseElements());
        Member.object(out, Member.ADDITIONAL_EVENT_DATA, event.additionalEventData(), Recorder.ADDITIONAL_BYTES_MAX);
        out.raw(Member.EVENT_ID).string(eventId);
        out.raw(Member.READ_ONLY_FALSE);
        Member.resources(out, event.resources());
        out.raw(Member.SERVICE_EVENT).string(event.account());
        Member.object(out, Member.SERVICE_EVENT_DETAILS, event.serviceEventDetails(), Recorder.OBJECT_BYTES_MAX);
        out.raw(Member.CATEGORY_MANAGEMENT);
        return out.raw('}').toBytes();
    }
}
