/** JMH benchmarks of the parts of one audited Encrypt, and of the whole without a socket. */
@NullMarked
package dev.keytrail.bench;

import org.jspecify.annotations.NullMarked;
