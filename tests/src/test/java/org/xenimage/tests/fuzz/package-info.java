/**
 * Targets for coverage-guided fuzzing: every reader of what others wrote. In the tests each target runs its seeds
 * and the inputs that were kept; {@code tests/fuzz/run} lets it look for new ones.
 *
 * <p>An input may be taken or refused. It is refused by an error that the reader declares; anything else that is
 * thrown, too much memory or time, and content that changes on its way through a format is a finding.
 */
@NullMarked
package org.xenimage.tests.fuzz;

import org.jspecify.annotations.NullMarked;
