import { lifetime } from './lifetime.mjs';

lifetime('1.7.4');
