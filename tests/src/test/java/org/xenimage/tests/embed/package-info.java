/** The artifacts as someone else's project sees them: exported packages, on the module path. */
@org.jspecify.annotations.NullMarked
package org.xenimage.tests.embed;
