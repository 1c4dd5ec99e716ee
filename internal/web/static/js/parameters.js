import './text/common.js';
import { t } from './i18n.js';

const texts = { temperature: 'common.temperature', top_p: 'common.topP', max_tokens: 'common.maxTokens', repetition_penalty: 'common.repetition' };

// parameterName returns the name of a parameter on the page.
export const parameterName = (name) => t(texts[name]);
