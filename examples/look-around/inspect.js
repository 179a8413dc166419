// inspect.js: the rip of each vCPU, and the pages that hold a token.
for (const vcpu of image.vcpus) {
  console.log(`vCPU ${vcpu.id}: rip 0x${(vcpu.rip ?? vcpu.eip).toString(16)}, cr3 0x${vcpu.cr3.toString(16)}`);
}
const found = image.find({ text: 'SECRET-API-TOKEN=', limit: 100 });
const pages = new Set(found.map(match => '0x' + match.pfn.toString(16)));
console.log(`${found.length} tokens in pages ${[...pages].join(' ')}`);
image.pages.types
