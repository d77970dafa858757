package dev.keytrail.sim;

/**
 * One call of a contest as its caller saw it.
 *
 * @param start nanoseconds of a common clock, before the request was sent
 * @param end the same, after the answer was there
 * @param code the error's code, empty when the call was done
 */
record Seen(Move move, long start, long end, String requestId, String code) {}
