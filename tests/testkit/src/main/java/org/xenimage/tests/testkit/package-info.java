/**
 * Streams built in code, byte by byte, and channels that behave as a bad pipe does.
 *
 * <p>Nothing here knows the code under test, so that a mistake there is not repeated here.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.tests.testkit;
