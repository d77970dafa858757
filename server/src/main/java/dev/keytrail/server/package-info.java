/**
 * The running server: the {@link dev.keytrail.server.Listener} (the only class that knows the HTTP library), the
 * {@link dev.keytrail.server.Gate} (the only door: decide, then commit, then answer), the background loops, settings, and
 * {@link dev.keytrail.server.House}, the one place where everything is wired. Start reading there.
 */
@NullMarked
package dev.keytrail.server;

import org.jspecify.annotations.NullMarked;
