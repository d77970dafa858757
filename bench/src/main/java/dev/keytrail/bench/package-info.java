/**
 * JMH benchmarks of the parts of one audited call, of the whole without a socket, and of the same cryptography by the
 * providers alone.
 */
@NullMarked
package dev.keytrail.bench;

import org.jspecify.annotations.NullMarked;
