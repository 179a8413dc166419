/**
 * The header of a policy, read as a literal before any script code runs.
 *
 * <p>Not supported here: anything that would have to be computed. A header is data.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.script.header;
