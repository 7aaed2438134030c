/** wasm/bindings.cpp, seen from here. Numbers called `policy`, `search`, `expression`, ... are handles; 0 is none. */
export interface Glue {
  HEAPU8: Uint8Array<ArrayBuffer>;
  _fhirwall_abi(): number;
  _fhirwall_response(): number;
  _fhirwall_input(size: number, whole: number): number;
  _fhirwall_supply(size: number): void;
  _fhirwall_references(
    policy: number,
    interaction: number,
    size: number,
    requestsSize: number,
  ): void;
  _fhirwall_search_references(search: number, size: number): void;
  _fhirwall_redact(policy: number, interaction: number, size: number, requestsSize: number): void;
  _fhirwall_decide(policy: number, interaction: number, size: number): void;
  _fhirwall_explain(policy: number, interaction: number, size: number): void;
  _fhirwall_check_write(
    policy: number,
    interaction: number,
    beforeSize: number,
    size: number,
    patches: number,
    nowMs: number,
    zoneMinutes: number,
  ): void;
  _fhirwall_matches(search: number, size: number): void;
  _fhirwall_load(size: number): number;
  _fhirwall_bind(index: number, resource: number): void;
  _fhirwall_evaluate(
    expression: number,
    resource: number,
    size: number,
    form: number,
    nowMs: number,
    zoneMinutes: number,
  ): number;
  _fhirwall_free_resource(resource: number): number;
  _fhirwall_write(stream: number, size: number): void;
  _fhirwall_end(stream: number): void;
  _fhirwall_release(): void;
  setLimit(name: string, value: number): boolean;
  compilePolicy(json: string): string;
  compileSearch(criteria: string, options: string): string;
  searchParameters(type: string): string;
  compileFhirPath(
    expression: string,
    resourceType: string,
    strict: boolean,
    untyped: boolean,
  ): string;
  checkIp(policy: number, address: string): string;
  checkRequest(
    policy: number,
    flags: number,
    method: string,
    url: string,
    headers: string,
    body: Uint8Array,
  ): string;
  can(policy: number, interaction: number, resourceType: string): boolean;
  openStream(
    policy: number,
    interaction: number,
    format: number,
    onInvalid: number,
    from: string,
    to: string,
  ): number;
  streamLinks(stream: number): string;
  freePolicy(policy: number): boolean;
  freeSearch(search: number): boolean;
  freeStream(stream: number): boolean;
  freeExpression(expression: number): boolean;
  writeOutcome(): string;
  evaluationMessage(): string;
  errorName(code: number): string;
  errorMessage(code: number): string;
  errorClass(code: number): number;
  instantiateWasm(
    imports: WebAssembly.Imports,
    receive: (instance: WebAssembly.Instance) => void,
  ): object;
  printErr(text: string): void;
}
