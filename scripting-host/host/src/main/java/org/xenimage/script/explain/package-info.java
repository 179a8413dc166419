/**
 * Explains what policies change and why: the difference between the elements before and after the policies, as text
 * and as JSON, and the trace of a run. Nothing here costs time unless it is requested.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.script.explain;
