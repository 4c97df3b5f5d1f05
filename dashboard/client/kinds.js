// What the page knows of event types and priorities. Types are an open list: the rest share one look.
const KINDS = {
  agent_request: 'request',
  agent_response: 'response',
  agent_error: 'error',
  system_health: 'health',
  metrics: 'metrics',
  alerts: 'alerts',
  connection: 'connection',
  test: 'test',
}

export const PRIORITIES = ['low', 'normal', 'high', 'critical']

export const kindOf = type => (Object.hasOwn(KINDS, type) ? KINDS[type] : 'other')
