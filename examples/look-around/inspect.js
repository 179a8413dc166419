// inspect.js: where each vCPU stands, and which pages hold a token.
for (const vcpu of image.vcpus) {
  console.log(`vCPU ${vcpu.id}: rip 0x${(vcpu.rip ?? vcpu.eip).toString(16)}, cr3 0x${vcpu.cr3.toString(16)}`);
}
const found = image.find({ text: 'SECRET-API-TOKEN=', limit: 100 });
console.log(`${found.length} tokens in pages ${[...new Set(found.map(match => '0x' + match.pfn.toString(16)))].join(' ')}`);
image.pages.types
