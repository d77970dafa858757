package dev.keytrail.server;

import dev.keytrail.call.Bytes;

final class S3Front {
    private final Replies replies;

    S3Front(Replies replies) {
        this.replies = replies;
    }

    HttpReply answer(HttpRequest http) {
        return replies.of(501, "application/xml", Bytes.EMPTY, "-");
    }
}
