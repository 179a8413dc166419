/**
 * A policy in a process of its own: the process, what it may do, and the messages between it and the host.
 *
 * <p>The host is the parent, the policy's process its child. The parent knows the image, the log and the other
 * policies; the child knows one policy and one element at a time. <b>The child is hostile</b>: what it sends is
 * bounded before anything is allocated, unknown messages end it, and what it says about the image is checked by the
 * parent as the work of any policy is. {@code docs/isolation.md} of this module has the protocol.
 *
 * <p>Nothing here knows a script engine: the child's side of a run, and the parent's, are in the package above.
 */
package org.xenimage.script.isolate;
